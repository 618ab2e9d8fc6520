package commands

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"mtp/lessons/kit/narrate"

	"github.com/alecthomas/kong"
)

// tour walks through the lessons, with predictions, and remembers how far one has come.
type tour struct {
	From  string `help:"Begin with this lesson." placeholder:"LESSON"`
	List  bool   `help:"List the lessons, and how far you are."`
	Reset bool   `help:"Forget how far you are."`
}

// Validate is called by kong.
func (t tour) Validate() error {
	if t.From != "" && !slices.ContainsFunc(course(), func(l lesson) bool { return l.name == t.From }) {
		return fmt.Errorf("there is no lesson %q to begin with; 'mtp tour --list' lists them", t.From)
	}
	return nil
}

// asks reports whether a command is the tour, and needs somebody who answers.
func asks(selected *kong.Node) bool {
	t, ok := reflect.TypeAssert[tour](selected.Target)
	return ok && !t.List && !t.Reset
}

// Why a lesson of the tour ended before its end.
var (
	errSkipped = errors.New("skipped")
	errLeft    = errors.New("left")
)

// Run walks on from where one left.
func (t tour) Run(ctx context.Context, say *narrate.Narrator, c command) error {
	say.Predict, say.Stepwise = true, true
	path, err := progressPath(c.Getenv)
	record, aside := progress{}, ""
	if err == nil {
		record, aside, err = loadProgress(path)
	}
	if err != nil {
		say.Warn("tour.nowhere", "Your progress will not be kept: {error}.", "error", err)
		path, record = "", progress{}
	}
	if aside != "" {
		say.Warn("tour.damaged", "Your progress could not be read, and begins anew. The old file is kept: {aside}", "aside", aside)
	}
	w := walk{Narrator: say, command: c, record: record, path: path}
	switch {
	case t.Reset:
		if path != "" && len(record) > 0 {
			if err := (progress{}).save(path); err != nil {
				return err
			}
		}
		say.Say("tour.reset", "Your progress is forgotten: {lessons} lessons.", "lessons", len(record))
		return nil
	case t.List:
		w.list()
		return nil
	}
	return w.through(ctx, t.From)
}

// walk is a tour under way.
type walk struct {
	*narrate.Narrator
	command
	record progress
	path   string // where it is kept; empty: nowhere
	next   error  // what the reader wants at the border between two lessons
}

// list shows how far one is.
func (w *walk) list() {
	var rows [][]any
	for _, l := range w.lessons {
		done, right, took := any(nil), any(nil), any(nil)
		if r, ok := w.record[l.name]; ok {
			done, right, took = r.Done.Local().Format("2006-01-02 15:04"), fmt.Sprintf("%d/%d", r.Right, r.Made), time.Duration(r.Seconds*float64(time.Second))
		}
		rows = append(rows, []any{l.name, done, right, took})
	}
	w.Table("tour.list", "lesson|done|right|time", []string{"lesson", "done", "right", "time"}, rows)
}

// through walks from a lesson, or from the first that was not done yet, to the end.
func (w *walk) through(ctx context.Context, from string) error {
	w.Skip, w.Leave = func() { w.next = errSkipped }, func() { w.next = errLeft }
	w.Title("tour.title", "mtp tour: the lessons, one after the other")
	w.Say("tour.how", "At [Enter], Enter alone goes on; b shows the last step again, s skips, q leaves, each with Enter behind it. Before something happens you may predict it. Your progress is kept, so that you can leave at any time.")
	begin := max(slices.IndexFunc(w.lessons, func(l lesson) bool { return l.name == from }), 0)
	due := func(l lesson) bool { _, done := w.record[l.name]; return !done || from != "" }
	if !slices.ContainsFunc(w.lessons, due) {
		w.Say("tour.all", "You have walked through all lessons. (mtp tour --reset forgets that.)")
	}
	for i, l := range w.lessons[begin:] {
		if !due(l) {
			continue
		}
		w.next = nil
		w.Say("tour.lesson", "Next comes lesson {number} of {count}, {lesson}: {help}", "number", begin+i+1, "count", len(w.lessons), "lesson", l.name, "help", w.helpOf(l.name, "help", l.help))
		w.Pause()
		err := w.next
		if err == nil {
			err = w.lesson(ctx, l)
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errLeft):
			w.bye()
			return nil
		case errors.Is(err, errSkipped):
			w.Say("tour.skipped", "{lesson} is skipped.", "lesson", l.name)
		case err != nil:
			w.Warn("tour.failed", "{lesson} could not be shown here: {error}", "lesson", l.name, "error", err)
		}
	}
	return w.interview(ctx)
}

func (w *walk) bye() {
	w.Say("tour.bye", "Until next time: mtp tour goes on where you are now.")
}

// lesson tells one lesson, and remembers it.
func (w *walk) lesson(ctx context.Context, l lesson) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	say := w.Within(ctx, l.name, l.chinese)
	defer say.Watch.Stop()
	defer func() { w.Answers = say.Answers }() // those that are left
	say.Skip, say.Leave = func() { cancel(errSkipped) }, func() { cancel(errLeft) }
	seen := map[string]evidence{}
	say.Seen = func(name, text, source string) { seen[name] = evidence{text, source} }
	begun := time.Now()
	if l.tour == nil {
		w.chat()
		if w.next != nil {
			return w.next
		}
	} else if err := w.perform(ctx, say, l); err != nil && ctx.Err() == nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	} else if err != nil && ctx.Err() == nil {
		w.Warn("tour.unsupported", "Not on this system: {error}", "error", err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	score, took := say.Score(), time.Since(begun)
	w.remember(l.name, lessonRecord{time.Now(), took.Seconds(), score.Made, score.Right, seen})
	w.Say("tour.gist", "What to keep: {gist}", "gist", w.gists()[l.name])
	w.Say("tour.done", "{lesson} took {time}. Predictions that were right: {right} of {made}.", "lesson", l.name, "time", took, "right", score.Right, "made", score.Made)
	return nil
}

// remember keeps what was done, beside what another tour may have kept meanwhile.
func (w *walk) remember(name string, r lessonRecord) {
	w.record[name] = r
	if w.path == "" {
		return
	}
	kept, _, err := loadProgress(w.path)
	if err == nil {
		kept[name] = r
		err = kept.save(w.path)
	}
	if err != nil {
		w.Warn("tour.unsaved", "Your progress is not kept: {error}.", "error", err)
		w.path = ""
	}
}

// perform runs a lesson as its command line would.
func (w *walk) perform(ctx context.Context, say *narrate.Narrator, l lesson) error {
	var helped bool
	parser, err := w.parser(&grammar{}, &helped)
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(append([]string{l.name}, l.tour...))
	if err != nil {
		return err
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return parsed.Run(say)
}

// chat invites to a lesson that needs terminals of its own.
func (w *walk) chat() {
	w.Say("tour.chat", "A chat room needs three terminals: one for the room, and one for each of two members.")
	w.Try("tour.serve", "mtp chat serve", "In the first terminal:")
	w.Try("tour.join", "mtp chat join", "In the second, and in the third:")
	w.Say("tour.chatted", "Talk, look at both processes of each side with ps, and leave with quit.")
	w.Pause()
}

// gists are what each lesson comes to.
func (w *walk) gists() map[string]string {
	return map[string]string{
		"states":         w.Text("gist.states", "a process is ready, runs, or waits; the scheduler hands out the processor in slices."),
		"fork":           w.Text("gist.fork", "fork returns twice, in two processes with the same memory contents, and what one writes the other does not see."),
		"exit":           w.Text("gist.exit", "a parent learns 8 bits or a signal; what is in a buffer is lost at _exit, and doubled by a fork."),
		"orphan":         w.Text("gist.orphan", "an orphan goes to the nearest subreaper, or to init; it runs on."),
		"zombie":         w.Text("gist.zombie", "a zombie is dead and keeps its PID and status until its parent waits."),
		"reap":           w.Text("gist.reap", "wait blocks, WNOHANG asks, SIGCHLD tells, and signals do not queue: loop."),
		"signal-ignore":  w.Text("gist.ignore", "with SIGCHLD explicitly ignored the kernel reaps, and nobody learns a status."),
		"workers":        w.Text("gist.workers", "processes side by side take as long as the longest; a time-out of join ends the wait only."),
		"custom-process": w.Text("gist.custom", "a child works on a copy; results come back through a pipe, or as 8 bits."),
		"primes":         w.Text("gist.primes", "more processes than processors buy nothing, and unequal parts waste some."),
		"chat":           w.Text("gist.chat", "two processes share one socket: one waits for the keyboard, the other for the network."),
	}
}

// question is one of the interview's.
type question struct {
	question, answer string
	seen             map[string][]string // what was seen of it: by lesson, the events' names
}

func (w *walk) questions() []question {
	return []question{
		{
			w.Text("interview.process", "What is a process, and how does it differ from a program?"),
			w.Text("interview.process.answer", "A program is a file: instructions and data. A process is a program that runs, with a PID, memory, open files and a state of its own. Many processes may run one program; a process ends, and the program stays."),
			map[string][]string{"fork": {"fork.program", "fork.returned", "fork.returned.child"}},
		},
		{
			w.Text("interview.states", "Which states does a process have, and how does it move between them?"),
			w.Text("interview.states.answer", "New, ready, running, waiting, terminated. The scheduler takes it from ready to running and back; it blocks by itself, and what it waited for makes it ready again; it ends from running. Linux shows R, S, D, T and Z."),
			map[string][]string{"states": {"states.dispatched", "states.preempted", "states.wchan"}},
		},
		{
			w.Text("interview.dead", "What are orphans and zombies, and what does one do about them?"),
			w.Text("interview.dead.answer", "An orphan's parent has ended; another process adopts it, and nothing is wrong. A zombie has ended itself, and its parent has not waited; it uses up a PID. One waits for every child: at once, on SIGCHLD in a loop, or leaves it to an adopter by a double fork."),
			map[string][]string{"orphan": {"orphan.adopter"}, "zombie": {"zombie.born", "zombie.reaped"}, "reap": {"reap.sigchld.done"}, "signal-ignore": {"ignore.echild"}},
		},
		{
			w.Text("interview.memory", "Do processes share memory, and how does a result get back?"),
			w.Text("interview.memory.answer", "They do not: the same address means something else in each. A result comes back through what the kernel keeps for both, such as a pipe, a socket or a file, or as an exit status."),
			map[string][]string{"fork": {"fork.value.parent", "fork.value.child"}, "custom-process": {"custom.pipe"}, "primes": {"primes.empty"}},
		},
		{
			w.Text("interview.status", "What does a parent learn when its child has ended?"),
			w.Text("interview.status.answer", "Whether it exited or was killed by a signal, and the low 8 bits of its exit status or the signal's number."),
			map[string][]string{"fork": {"fork.status"}, "workers": {"workers.victim"}},
		},
	}
}

// interview asks the course's questions; each answer points at what was seen.
func (w *walk) interview(ctx context.Context) error {
	questions := w.questions()
	w.Say("tour.interview", "Those were the lessons. Now {count} questions that are asked in interviews. Answer aloud, then compare.", "count", len(questions))
	for i, q := range questions {
		for _, show := range []func(){
			func() {
				w.Title("tour.question", "Question {number}: {question}", "number", i+1, "question", q.question)
			},
			func() { w.answer(q) },
		} {
			w.next = nil
			w.Pause()
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if errors.Is(w.next, errLeft) {
				w.bye()
				return nil
			}
			if errors.Is(w.next, errSkipped) {
				break
			}
			show()
		}
	}
	w.Say("tour.end", "That is all. Every lesson can be run again by its own name, with flags of its own: mtp LESSON --help.")
	return nil
}

// answer gives the answer, and points at what was seen of it.
func (w *walk) answer(q question) {
	w.Say("tour.answer", "{answer}", "answer", q.answer)
	for _, l := range w.lessons {
		for _, name := range q.seen[l.name] {
			if e, ok := w.record[l.name].Seen[name]; ok {
				w.See("tour.seen", fmt.Sprintf("mtp %s, %s: %s", l.name, w.record[l.name].Done.Local().Format("2006-01-02"), e.Source), "{text}", "text", e.Text)
			}
		}
	}
}

// tourChinese is the tour in Chinese.
var tourChinese = narrate.Sentences{
	"tour.nowhere":     "你的进度不会保存：{error}。",
	"tour.damaged":     "你的进度读不出来，从头开始。原来的文件保留为：{aside}",
	"tour.reset":       "已忘掉你的进度：{lessons} 课。",
	"tour.list":        "课程|完成于|预测对|用时",
	"tour.title":       "mtp tour：一课接一课",
	"tour.how":         "看到 [回车] 时，直接回车继续；b 再看上一步，s 跳过，q 离开，都要再按回车。事情发生之前，你可以先预测。进度会保存，随时可以离开。",
	"tour.all":         "全部课程你都走过了。（mtp tour --reset 会忘掉它。）",
	"tour.lesson":      "接下来是第 {number} 课（共 {count} 课），{lesson}：{help}",
	"tour.skipped":     "跳过 {lesson}。",
	"tour.unsupported": "这个系统上不行：{error}",
	"tour.failed":      "{lesson} 在这里演示不了：{error}",
	"tour.bye":         "下次见：mtp tour 会从现在的地方继续。",
	"tour.unsaved":     "你的进度没有保存：{error}。",
	"tour.gist":        "记住：{gist}",
	"tour.done":        "{lesson} 用了 {time}。预测对的：{made} 个里的 {right} 个。",
	"tour.chat":        "聊天室要三个终端：一个给聊天室，两个成员各一个。",
	"tour.serve":       "第一个终端里：",
	"tour.join":        "第二个和第三个终端里：",
	"tour.chatted":     "聊一聊，用 ps 看看每一边的两个进程，然后用 quit 离开。",
	"tour.interview":   "课程到此结束。现在是面试里常问的 {count} 个问题。先自己说出答案，再比较。",
	"tour.question":    "问题 {number}：{question}",
	"tour.answer":      "{answer}",
	"tour.seen":        "{text}",
	"tour.end":         "就这些。每一课都可以用自己的名字和选项再运行：mtp 课程 --help。",

	"gist.states":  "进程或就绪，或运行，或等待；调度器按时间片分配处理器。",
	"gist.fork":    "fork 在两个进程里各返回一次，内存内容相同；一个写的，另一个看不到。",
	"gist.exit":    "父进程得知 8 位状态或一个信号；缓冲区里的内容遇 _exit 就丢失，遇 fork 就加倍。",
	"gist.orphan":  "孤儿归最近的 subreaper 或 init，并继续运行。",
	"gist.zombie":  "僵尸已经死了，保留着 PID 和退出状态，直到父进程 wait。",
	"gist.reap":    "wait 会阻塞，WNOHANG 只询问，SIGCHLD 来通知；信号不排队，所以要循环。",
	"gist.ignore":  "明确忽略 SIGCHLD 时由内核来收，谁也不知道退出状态。",
	"gist.workers": "并排的进程总共用时等于最长的一个；join 超时只结束等待。",
	"gist.custom":  "子进程用的是副本；结果从管道回来，或者只有 8 位。",
	"gist.primes":  "进程多于处理器没有用，分得不均还会浪费。",
	"gist.chat":    "两个进程共用一个套接字：一个等键盘，一个等网络。",

	"interview.process":        "什么是进程？它和程序有什么区别？",
	"interview.process.answer": "程序是一个文件：指令和数据。进程是运行着的程序，有自己的 PID、内存、打开的文件和状态。许多进程可以运行同一个程序；进程会结束，程序还在。",
	"interview.states":         "进程有哪些状态？怎样在它们之间转换？",
	"interview.states.answer":  "新建、就绪、运行、等待、终止。调度器让它在就绪和运行之间来回；它自己进入等待，等到之后又就绪；从运行走向终止。Linux 显示为 R、S、D、T、Z。",
	"interview.dead":           "什么是孤儿进程和僵尸进程？怎样处理？",
	"interview.dead.answer":    "孤儿的父进程已经结束，由别的进程收养，没有什么坏处。僵尸是自己已经结束而父进程还没有 wait，它占着一个 PID。每个子进程都要 wait：马上等，或在 SIGCHLD 里循环收，或用两次 fork 交给收养者。",
	"interview.memory":         "进程之间共享内存吗？结果怎样传回来？",
	"interview.memory.answer":  "不共享：同一个地址在每个进程里各有所指。结果要通过内核替双方保管的东西传回来，例如管道、套接字、文件，或者退出状态。",
	"interview.status":         "子进程结束后，父进程能知道什么？",
	"interview.status.answer":  "它是退出还是被信号杀死的，以及退出状态的低 8 位或信号的编号。",

	"help":       "一课接一课地走一遍，先预测再看，并记住进度。",
	"help.from":  "从这一课开始。",
	"help.list":  "列出课程和你的进度。",
	"help.reset": "忘掉你的进度。",
}

// others are what is told like a lesson.
func others() []lesson {
	return []lesson{
		{"tour", "Walk through the lessons, predict what happens, and keep your progress.", &tour{}, tourChinese, nil, "mtp tour --from zombie", nil},
	}
}
