package quiz

import (
	"testing"

	"mtp/lessons/kit/kernel"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		form  Form
		typed string
		want  Answer
	}{
		{Number, "4711", "4711"},
		{Number, " ４７１１ ", "4711"},
		{Number, "-9", "-9"},
		{Number, "33.0%", "33"},
		{Number, "0.5 s", "0.5"},
		{Number, "２秒", "2"},
		{Number, "1e3", "1000"},
		{Number, "inf", ""},
		{Number, "NaN", ""},
		{Number, "many", ""},
		{YesNo, "Y", Yes},
		{YesNo, "不会", No},
		{YesNo, "是", Yes},
		{YesNo, "maybe", ""},
		{Letter, "z", "Z"},
		{Letter, "Ｓ", "S"},
		{Letter, "ZZ", ""},
		{Letter, "僵", ""},
		{Letter, "僵尸", "Z"},
		{Letter, "Zombie", "Z"},
		{Letter, "就绪", "R"},
		{Letter, "b", ""},
		{Letter, "q", ""},
		{Letter, "", ""},
	} {
		if got := test.form.Read(test.typed); got != test.want {
			t.Errorf("%s %q is read as %q, want %q", test.form, test.typed, got, test.want)
		}
	}
}

// What was read is read again as the same.
func FuzzForms(f *testing.F) {
	f.Add("33.0%")
	f.Add("是")
	f.Fuzz(func(t *testing.T, typed string) {
		for _, form := range []Form{Number, YesNo, Letter} {
			once := form.Read(typed)
			if again := form.Read(string(once)); once != "" && again != once {
				t.Errorf("%s: %q becomes %q, and that %q", form, typed, once, again)
			}
		}
	})
}

func TestAnswersThatCame(t *testing.T) {
	t.Parallel()
	for actual, want := range map[any]Answer{
		148: "148", int64(-9): "-9", true: Yes, false: No, kernel.Zombie: "Z",
	} {
		if got := Of(actual); got != want {
			t.Errorf("%v is %q, want %q", actual, got, want)
		}
	}
	for predicted, right := range map[Answer]bool{
		"2": true, "1.61": true, "1.5": false,
		"": false,
	} {
		if answer, got := About(predicted, 2, 0.2); got != right || answer != "2" {
			t.Errorf("%q about %s: right %v, want %v", predicted, answer, got, right)
		}
	}
}
