package commands

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(sys System) error {
	_, err := fmt.Fprintf(sys.Out, "mtp %s %s %s/%s\n",
		sys.version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// version is the version, with the commit that it was built from and that commit's date, as far as
// they are known.
func (s System) version() string {
	version, commit, date := s.Version, s.Commit, s.Date
	if info, ok := debug.ReadBuildInfo(); ok {
		version = cmp.Or(version, info.Main.Version)
		for _, setting := range info.Settings {
			switch setting.Key {
			case "vcs.revision":
				commit = cmp.Or(commit, setting.Value)
			case "vcs.time":
				date = cmp.Or(date, setting.Value)
			}
		}
	}
	version = cmp.Or(version, "(devel)")
	if commit == "" {
		return version
	}
	return fmt.Sprintf("%s (commit %s, %s)", version, commit, date)
}
