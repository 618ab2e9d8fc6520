package narrate

import "os"

// foreground reports whether this process may read the terminal.
func foreground(*os.File) bool { return true }

// awaitTurn has nothing to wait for: whoever has the console may read it.
func awaitTurn(*os.File) {}

// flush has nothing to do: typed lines stay.
func flush(*os.File) {}
