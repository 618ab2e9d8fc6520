package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"mtp/lessons/kit/perfetto"
	"mtp/lessons/kit/stage"
)

// traced performs and writes the trace, on every orderly way out.
func (c command) traced(
	ctx context.Context, path string, s *stage.Stage, perform func() error,
) error {
	// Before the lesson, so that it isn't told in vain.
	to, err := c.openTrace(path)
	if err != nil {
		return fmt.Errorf("create the trace: %w", err)
	}
	defer to.close()
	err = perform()
	if errors.Is(err, errors.ErrUnsupported) { // there was no lesson
		return err
	}
	defer context.AfterFunc(ctx, to.hurry)()
	n := s.Narrator()
	failed := to.write(func(file *os.File) error {
		return perfetto.Write(file, s.Sampler().Lanes(), n.Said(), n.Voice)
	})
	if errors.Is(failed, syscall.EPIPE) {
		failed = nil // whoever read it has seen enough
	}
	if failed != nil {
		failed = fmt.Errorf("write the trace: %w", failed)
	}
	return errors.Join(err, failed)
}

// traceFile is where the trace goes.
type traceFile struct {
	path   string      // the file itself, where the name leads
	mode   fs.FileMode // of the file that there was
	isNew  bool
	direct *os.File // it is written as it is: a pipe, a device, or our own output; nil: replaced
	ours   bool     // the direct one is an output
}

// openTrace finds out whether the trace can be written, and changes nothing yet. A pipe is not
// waited for.
func (c command) openTrace(path string) (*traceFile, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		to := &traceFile{path: target(path), isNew: true}
		probe, err := to.beside()
		if err != nil {
			return nil, named(path, err)
		}
		probe.Close()
		return to, os.Remove(probe.Name())
	}
	if err != nil {
		return nil, err
	}
	for _, own := range []*os.File{c.Out, c.Err} {
		if its, err := own.Stat(); err == nil && os.SameFile(its, info) {
			return &traceFile{direct: own, ours: true}, nil
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|nonblocking, 0)
	if errors.Is(err, errNoReader) {
		return nil, errors.New(c.translate("trace.unread",
			"nobody reads from the pipe {file}; start its reader first", path))
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return &traceFile{direct: file}, nil
	}
	to := &traceFile{path: target(path), mode: info.Mode().Perm()}
	probe, err := to.beside()
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		to.direct = file // no other file may be made there: this one is overwritten
		return to, nil
	}
	if err != nil {
		file.Close()
		return nil, named(path, err)
	}
	probe.Close()
	file.Close()
	return to, os.Remove(probe.Name())
}

// maxLinks is how many symbolic links may lead on; the kernel follows as many.
const maxLinks = 40

// target is where a name leads, also to a file that does not exist yet.
func target(path string) string {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// beside makes a new file in the same folder, which is to become this one.
func (t *traceFile) beside() (*os.File, error) {
	name := "." + filepath.Base(t.path) + "." + strconv.Itoa(os.Getpid())
	name = filepath.Join(filepath.Dir(t.path), name)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) // less the umask
	if err == nil && !t.isNew {
		err = file.Chmod(t.mode)
	}
	return file, err
}

// write has the file written, whole or not at all.
func (t *traceFile) write(do func(*os.File) error) error {
	if t.ours {
		return do(t.direct)
	}
	if t.direct != nil {
		// EINVAL: a pipe, or a device.
		if err := t.direct.Truncate(0); err != nil && !errors.Is(err, syscall.EINVAL) {
			return err
		}
		return do(t.direct)
	}
	file, err := t.beside()
	if err != nil {
		return named(t.path, err)
	}
	err = errors.Join(do(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), t.path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return named(t.path, err)
	}
	return nil
}

// hurry lets a pipe that nobody reads delay the end no longer.
func (t *traceFile) hurry() {
	if t.direct != nil && !t.ours {
		_ = t.direct.SetWriteDeadline(time.Now().Add(stuckFor))
	}
}

func (t *traceFile) close() {
	if t.direct != nil && !t.ours {
		t.direct.Close()
	}
}

// named has an error name the file that was asked for.
func named(path string, err error) error {
	if its, is := errors.AsType[*fs.PathError](err); is {
		return &fs.PathError{Op: its.Op, Path: path, Err: its.Err}
	}
	return err
}
