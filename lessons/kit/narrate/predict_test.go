package narrate

import "testing"

func TestFormsOfPredictions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		form        Form
		typed, read string
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
		{YesNo, "Y", "yes"},
		{YesNo, "不会", "no"},
		{YesNo, "是", "yes"},
		{YesNo, "maybe", ""},
		{Letter, "z", "Z"},
		{Letter, "Ｓ", "S"},
		{Letter, "ZZ", ""},
		{Letter, "僵", ""},
		{Letter, "", ""},
	} {
		if read := test.form.read(test.typed); read != test.read {
			t.Errorf("%s %q is read as %q, want %q", test.form, test.typed, read, test.read)
		}
	}
}

// What was read is read again as the same.
func FuzzForms(f *testing.F) {
	f.Add("33.0%")
	f.Add("是")
	f.Fuzz(func(t *testing.T, typed string) {
		for _, form := range []Form{Number, YesNo, Letter} {
			if once := form.read(typed); once != "" && form.read(once) != once {
				t.Errorf("%s: %q becomes %q, and that %q", form, typed, once, form.read(once))
			}
		}
	})
}

// The model fits 60 columns, and the arrow that was taken stands out without colour, too.
func TestModelInBothLanguages(t *testing.T) {
	t.Parallel()
	for language, want := range map[Language]string{
		English: "  new ───► ready ───────────────► running ───► terminated\n" +
			"             ▲   ◄───────────────    ┃\n" +
			"             └────── waiting ◀━━━━━━━┛\n",
		Chinese: "  新建 ───► 就绪 ───────────────► 运行 ───► 终止\n" +
			"              ▲  ◄───────────────   ┃\n" +
			"              └─────── 等待 ◀━━━━━━━┛\n",
	} {
		if got := (Stream{}).model(Block, language); got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
	}
}
