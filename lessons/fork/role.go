//go:build unix

package fork

import (
	"os"

	"mtp/lessons/kit/process"
)

// roles are the processes of this lesson where there is no fork without exec.
func roles() process.Roles {
	return process.Roles{"child": func([]string) error {
		os.Exit(exitStatus)
		return nil
	}}
}
