package commands

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct{}

// Run prints the version, the commit that it was built from and that commit's date, as far as they are known.
func (versionCommand) Run(sys System) error {
	version, commit, date := sys.Version, sys.Commit, sys.Date
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
	line := "mtp " + cmp.Or(version, "(devel)")
	if commit != "" {
		line += fmt.Sprintf(" (commit %s, %s)", commit, date)
	}
	_, err := fmt.Fprintf(sys.Out, "%s %s %s/%s\n", line, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
