// Package quiz reads predictions and judges them.
package quiz

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"mtp/lessons/kit/kernel"
)

// Form is how a prediction is given.
type Form string

// The forms of predictions.
const (
	Number Form = "number"
	YesNo  Form = "yes or no"
	Letter Form = "letter" // of a state
)

// Answer is what is predicted, or what came, as the two are compared; empty if there is none.
type Answer string

// The answers to a question of form YesNo.
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Read reads an answer as it is typed; it is empty if that is none of this form.
func (f Form) Read(typed string) Answer {
	typed = strings.ToLower(strings.TrimSpace(HalfWidth(typed)))
	switch f {
	case Number:
		const units = "% s秒x×倍" // that may be typed with it
		x, err := strconv.ParseFloat(strings.TrimRight(typed, units), 64)
		if err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return Answer(strconv.FormatFloat(x, 'f', -1, 64))
		}
	case YesNo:
		switch typed {
		case "y", "yes", "true", "是", "会", "对":
			return Yes
		case "n", "no", "false", "否", "不", "不会", "不是":
			return No
		}
	case Letter:
		switch typed {
		case "r", "running", "ready", "运行", "就绪", "运行或就绪":
			return Answer(kernel.Running)
		case "s", "sleeping", "sleep", "waiting", "blocked", "睡眠", "可中断睡眠", "等待", "阻塞":
			return Answer(kernel.Sleeping)
		case "d", "disk", "uninterruptible", "sleeping uninterruptibly", "不可中断", "不可中断的睡眠":
			return Answer(kernel.Disk)
		case "t", "stopped", "stop", "暂停", "停止":
			return Answer(kernel.Stopped)
		case "z", "zombie", "defunct", "<defunct>", "僵尸", "僵尸进程":
			return Answer(kernel.Zombie)
		}
	}
	return ""
}

// HalfWidth turns what a Chinese input method types wide into what programs read.
func HalfWidth(text string) string {
	return strings.Map(func(r rune) rune {
		const first, last, apart = '！', '～', '！' - '!'
		if r >= first && r <= last {
			return r - apart
		}
		return r
	}, text)
}

// Of is the answer that came: a number, a State, or a bool.
func Of(actual any) Answer {
	switch actual := actual.(type) {
	case bool:
		if actual {
			return Yes
		}
		return No
	case kernel.State:
		return Answer(actual)
	}
	return Answer(fmt.Sprint(actual))
}

// About is the answer that came for a quantity. A prediction is right if it is off by no more than
// a part of it.
func About(predicted Answer, actual, part float64) (answer Answer, right bool) {
	said, err := strconv.ParseFloat(string(predicted), 64)
	answer = Answer(strconv.FormatFloat(math.Round(actual*100)/100, 'f', -1, 64))
	return answer, err == nil && math.Abs(said-actual) <= part*actual
}

// Score counts predictions.
type Score struct{ Made, Right int }
