package narrate

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

// Score counts predictions.
type Score struct {
	Made, Right int
}

// Score is how the reader's predictions went.
func (n *Narrator) Score() Score { return n.score }

// Prediction is what the reader expects the kernel to say.
type Prediction struct {
	narrator *Narrator
	question string
	form     Form
	rule     string
	said     string // empty if none was made
}

// Ask asks what the kernel is going to say; the rule answers in general, and is shown as a hint, and to who was wrong. A
// question mark asks for the hint, Enter alone for going on without a prediction. If nothing is to be predicted, it says nothing.
func (n *Narrator) Ask(name, text string, form Form, rule string, fields ...any) *Prediction {
	p := &Prediction{narrator: n, question: name, form: form, rule: rule}
	if !n.Predict || n.ctx.Err() != nil {
		return p
	}
	n.say(KindAsk, name, text, append(fields, "answer", form))
	if n.Answers != nil {
		if len(n.Answers) == 0 {
			return p
		}
		p.said = form.read(n.Answers[0])
		n.Answers = n.Answers[1:]
		p.accept()
		return p
	}
	n.held = true // who has answered has had the time to read
	for p.said == "" {
		line, ok := n.typed(map[Form]string{
			Number: n.translate("predict.number", "Your prediction, a number (? hint, Enter none):"),
			YesNo:  n.translate("predict.yesno", "Your prediction, y or n (? hint, Enter none):"),
			Letter: n.translate("predict.letter", "Your prediction, a letter (? hint, Enter none):"),
		}[form])
		line = strings.ToLower(strings.Map(halfWidth, line))
		switch {
		case !ok || line == "":
			return p
		case line == "?":
			n.Say("predict.hint", "Hint: {rule}", "rule", rule)
		case line == "q" && n.Leave != nil:
			n.Leave()
			return p
		default:
			p.said = form.read(line)
			p.accept()
		}
	}
	return p
}

func (p *Prediction) accept() {
	if p.said == "" {
		p.narrator.Warn("predict.form", "That is no {form}.", "form", p.form.in(p.narrator))
		return
	}
	p.narrator.Say("predict.said", "You predict: {predicted}.", "predicted", p.narrator.shown(p.said))
}

// read returns an answer in the form in which answers are compared, or nothing.
func (f Form) read(typed string) string {
	typed = strings.ToLower(strings.TrimSpace(strings.Map(halfWidth, typed)))
	switch f {
	case Number:
		const units = "% s秒x×倍" // that may be typed with it
		if x, err := strconv.ParseFloat(strings.TrimRight(typed, units), 64); err == nil && !math.IsNaN(x) && !math.IsInf(x, 0) {
			return strconv.FormatFloat(x, 'f', -1, 64)
		}
	case YesNo:
		switch typed {
		case "y", "yes", "true", "是", "会", "对":
			return "yes"
		case "n", "no", "false", "否", "不", "不会", "不是":
			return "no"
		}
	case Letter:
		if len(typed) == 1 && typed[0] >= 'a' && typed[0] <= 'z' {
			return strings.ToUpper(typed)
		}
	}
	return ""
}

// halfWidth is what a Chinese input method types wide.
func halfWidth(r rune) rune {
	const first, last, apart = '！', '～', '！' - '!'
	if r >= first && r <= last {
		return r - apart
	}
	return r
}

func (f Form) in(n *Narrator) string {
	return map[Form]string{
		Number: n.translate("form.number", "number"),
		YesNo:  n.translate("form.yesno", "yes or no"),
		Letter: n.translate("form.letter", "letter of a state, such as R"),
	}[f]
}

// shown is an answer in the reader's language.
func (n *Narrator) shown(answer string) string {
	switch answer {
	case "yes", "no":
		return cell(answer == "yes", n.Language)
	}
	return answer
}

// Is compares the prediction with what came: a number, a State, or a bool. The source is where the kernel said so.
func (p *Prediction) Is(actual any, source string) {
	answer := fmt.Sprint(actual)
	switch actual := actual.(type) {
	case bool:
		answer = "no"
		if actual {
			answer = "yes"
		}
	case kernel.State:
		answer = string(actual)
	}
	p.verdict(answer, p.said == answer, source)
}

// About compares the prediction of a quantity, which is right if it is off by no more than a part of what came.
func (p *Prediction) About(actual, part float64, source string) {
	said, _ := strconv.ParseFloat(p.said, 64)
	p.verdict(strconv.FormatFloat(actual, 'f', 2, 64), math.Abs(said-actual) <= part*actual, source)
}

func (p *Prediction) verdict(answer string, right bool, source string) {
	n := p.narrator
	if p.said == "" || n.ctx.Err() != nil {
		return
	}
	n.score.Made++
	fields := []any{"question", p.question, "predicted", n.shown(p.said), "answer", n.shown(answer), "right", right, "source", source}
	if right {
		n.score.Right++
		n.say(KindVerdict, "predict.right", "You predicted {predicted}: right.", fields)
		return
	}
	n.say(KindVerdict, "predict.wrong", "You predicted {predicted}; what came is {answer}. {rule}", append(fields, "rule", p.rule))
}
