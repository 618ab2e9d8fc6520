package stage

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"mtp/lessons/kit/event"
	"mtp/lessons/kit/quiz"
	"mtp/lessons/kit/terminal"
)

// Prediction is what the reader expects the kernel to say.
type Prediction struct {
	stage    *Stage
	question string
	form     quiz.Form
	answer   quiz.Answer // empty if none was made
	why      *event.Word // explains what came; nil: the rule does
}

// AskNumber asks which number the kernel is going to say. The rule with the question's name, in the
// lesson's record, answers in general: it is the hint, and what is shown to a reader who was wrong.
// If nothing is to be predicted, it says nothing.
func (s *Stage) AskNumber(question, text string, fields ...any) *Prediction {
	return s.ask(question, quiz.Number, text, fields)
}

// AskYesNo asks whether something is going to come about; see AskNumber.
func (s *Stage) AskYesNo(question, text string, fields ...any) *Prediction {
	return s.ask(question, quiz.YesNo, text, fields)
}

// AskLetter asks for the letter of a state; see AskNumber.
func (s *Stage) AskLetter(question, text string, fields ...any) *Prediction {
	return s.ask(question, quiz.Letter, text, fields)
}

func (s *Stage) ask(question string, form quiz.Form, text string, fields []any) *Prediction {
	p := &Prediction{stage: s, question: question, form: form}
	if !s.setting.Predict || s.unseen() {
		return p
	}
	fields = append(fields, "answer", form)
	e := s.narrator.Make(event.Ask, "ask."+question, nil, text, fields...)
	const choices, prompt = 3, 2 // rows, which belong with the question
	s.room(s.terminal.Rows(e) + choices + prompt)
	s.say(e)
	if form == quiz.Letter {
		s.Say("predict.choices",
			"R running or ready, S sleeping, D sleeping uninterruptibly, T stopped, Z zombie.")
	}
	if answers := s.setting.Answers; answers != nil {
		if len(answers) > 0 {
			s.setting.Answers = answers[1:]
			p.take(answers[0])
		}
		return p
	}
	for first := true; p.answer == ""; first = false {
		line, how := s.readLine(s.ctx, p.prompt())
		is, over := s.key(line)
		switch {
		case over:
			s.Check()
			return p
		case is:
		case how == terminal.Line && line == "" && first: // meant for the prompt before, perhaps
			s.Say("predict.none", "No answer yet. Press Enter once more to make no prediction.")
		case how != terminal.Line || line == "":
			s.Check()
			s.caughtUp()
			return p
		case line == "?":
			s.Say("predict.hint", "Hint: {rule}", "rule", p.rule())
		default:
			p.take(line)
		}
	}
	s.caughtUp()
	return p
}

// caughtUp has the reader through with all that was shown: a question was answered, or passed over.
func (s *Stage) caughtUp() {
	s.held = true
	s.reader.isThrough()
	s.page.rows = 0
}

// readLine prompts for a line. At the end of a terminal's input, Ctrl-D, one leaves the tour.
func (s *Stage) readLine(ctx context.Context, prompt string) (string, terminal.Typed) {
	line, how := s.terminal.ReadLine(ctx, prompt)
	if how == terminal.EndOfInput && s.keys != nil && s.terminal.Typing() {
		s.keys.Leave()
	}
	return strings.ToLower(quiz.HalfWidth(line)), how
}

func (p *Prediction) prompt() string {
	s := p.stage
	switch p.form {
	case quiz.Number:
		return s.Text("predict.number", "Your prediction, a number (? hint, Enter twice none):")
	case quiz.YesNo:
		return s.Text("predict.yesno", "Your prediction, y or n (? hint, Enter twice none):")
	case quiz.Letter:
	}
	return s.Text("predict.letter",
		"Your prediction, a letter or its word (? hint, Enter twice none):")
}

// take takes an answer as it was typed, if it is one.
func (p *Prediction) take(typed string) {
	s := p.stage
	if p.answer = p.form.Read(typed); p.answer == "" {
		s.Warn("predict.form", "That is no {form}.", "form", p.wanted())
		return
	}
	s.Say("predict.said", "You predict: {predicted}.", "predicted", s.shown(p.answer))
}

func (p *Prediction) wanted() event.Word {
	s := p.stage
	switch p.form {
	case quiz.Number:
		return s.Word("form.number", "number")
	case quiz.YesNo:
		return s.Word("form.yesno", "yes or no")
	case quiz.Letter:
	}
	return s.Word("form.letter", "letter of a state (R, S, D, T or Z), or its name")
}

// rule is what answers the question in general.
func (p *Prediction) rule() event.Word {
	return p.stage.Word("rule."+p.question, p.stage.lesson.Rules[p.question])
}

// shown is an answer as a field: a number, or yes or no in the reader's language.
func (s *Stage) shown(answer quiz.Answer) any {
	switch answer {
	case quiz.Yes:
		return event.Word{Key: string(answer), Text: s.Text("answer.yes", "yes")}
	case quiz.No:
		return event.Word{Key: string(answer), Text: s.Text("answer.no", "no")}
	}
	if _, err := strconv.ParseFloat(string(answer), 64); err == nil {
		return json.Number(answer)
	}
	return answer
}

// Because gives the explanation of what came in this run, for a reader who was wrong, where the
// rule alone would not explain it. It is for before Is or About.
func (p *Prediction) Because(name, text string, fields ...any) {
	p.why = &event.Word{Key: name, Text: p.stage.narrator.Text(name, text, fields...)}
}

// Is compares the prediction with what came: a number, a state, or a bool. The fact is where it was
// read.
func (p *Prediction) Is(actual any, fact event.Fact) {
	answer := quiz.Of(actual)
	p.verdict(answer, p.answer == answer, fact)
}

// About compares the prediction of a quantity, which is right if it is off by no more than a part
// of what came.
func (p *Prediction) About(actual, part float64, fact event.Fact) {
	answer, right := quiz.About(p.answer, actual, part)
	p.verdict(answer, right, fact)
}

func (p *Prediction) verdict(answer quiz.Answer, right bool, fact event.Fact) {
	if p.answer == "" {
		return
	}
	s := p.stage
	fields := []any{
		"question", "ask." + p.question, "predicted", s.shown(p.answer), "answer", s.shown(answer),
	}
	rule := p.rule()
	if p.why != nil {
		rule = *p.why
	}
	fields = append(fields, "rule", rule)
	s.score.Made++
	var e event.Event
	if right {
		s.score.Right++
		e = s.narrator.Make(event.Verdict, "predict.right", fact,
			"You predicted {predicted}: right. {rule}", fields...)
	} else {
		e = s.narrator.Make(event.Verdict, "predict.wrong", fact,
			"You predicted {predicted}; the answer was {answer}. {rule}", fields...)
	}
	e.Right = right
	s.say(e)
}
