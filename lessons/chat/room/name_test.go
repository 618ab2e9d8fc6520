package room

import (
	"strings"
	"testing"
	"time"
)

// The names that nobody may have: the administrator's, what looks like it, what is not seen, and
// what mixes scripts that are not written together.
func TestNamesThatNobodyMayHave(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"管理员", "管理員", "the管理员", "管理员1", "菅理员", "筦理员", "管埋员", "管理貟", "菅埋員",
		"管-理-员", "管·理·员", "⾙管理员", "管\u2F94理员管理员",
		"admin", "Admin", "ADMIN", "ａｄｍｉｎ", "ADMlN", "ADM1N", "adm1n", "admın", "AdmIn", "adrnin",
		"аdmin", "αdmin", "a.d.m.i.n", "_admin_", "administrator", "Adm1nistrat0r",
		"АDМІΝ", "𝐚𝐝𝐦𝐢𝐧", "ⓐⓓⓜⓘⓝ",
		"bоb", "Αnn", "Москва-city", "张Иван", "ИванΑ", "ann\u200b", "a b", "\u3164", "\u0301", "",
		"a:b", "a：b", strings.Repeat("a", 33), "\u2800", "a\u034fb", "a\ufe0f", "a\U000e0100",
	} {
		if key, ok := fold(name); ok {
			t.Errorf("%q is allowed, as %q", name, key)
		}
	}
}

func TestNamesThatAnybodyMayHave(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"ann", "Ann", "张三", "張三", "Ann张", "Иван", "Ελένη", "ひろし", "ヒロシ", "Kim김철수", "王ひろシ",
		"José", "Jose\u0301", "Zoë", "Łukasz", "Nguyễn", "สมชาย", "प्रिया", "محمد", "שלום", "Ann-Marie",
		"o'neil", "user_1", "n°1", "😀", "😀ann", "管理", "理员", "adminton", "badmin", "Ｂｏｂ", "ㄅㄆ张",
		strings.Repeat("ẏ", 32), strings.Repeat("𠮷", 32),
	} {
		if _, ok := fold(name); !ok {
			t.Errorf("%q is refused", name)
		}
	}
}

// Whoever looks like somebody in the room does not enter; whoever does not, does.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{
		{"Ann", "ann", "ANN", "Ａｎｎ", "𝒜nn"},
		{"apple", "аррӏе", "Apple", "APPLE", "АРРӀЕ", "app1e", "appIe"},
		{"Paul", "PauI", "pau1", "PAUL", "PAUI"},
		{"Bob", "B0b", "ВОВ", "вов"},
		{"NANA", "ΝΑΝΑ", "nana"},
		{"vu", "νυ", "VU"},
		{"Ian", "ian", "lan", "IAN"},
		{"cope", "соре", "Соре", "СОРЕ"},
		{"Bums", "burns"},
		{"Вова", "вова", "ВОВА"},
		{"José", "Jose\u0301", "JOSÉ"},
		{"王口", "王ロ"},
		{"Ελένη", "ελένη"},
	} {
		first, _ := fold(names[0])
		for _, name := range names {
			if key, ok := fold(name); key != first || !ok {
				t.Errorf("%q is %q, and %q is %q (%t)", names[0], first, name, key, ok)
			}
		}
	}
	met := map[string]string{}
	for _, name := range []string{
		"ann", "anne", "bob", "张三", "張三", "李四", "李五", "ivan", "иван", "jose", "josé", "lena",
		"olga", "amy", "carl", "dora", "user2", "user3", "王", "玉", "😀", "😁", "Ελένη",
	} {
		key, ok := fold(name)
		if twin, is := met[key]; is || !ok {
			t.Errorf("%q is %q's twin, as %q (%t)", name, twin, key, ok)
		}
		met[key] = name
	}
}

// On each wire, whoever looks like a member gets the course's answer.
func TestTwinsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(time.Hour)
	w.hears(1, "L apple")
	expect(t, "a Cyrillic twin", w.hears(2, "L аррӏе"), "2: \n用户名存在")
	expect(t, "another", w.hears(3, "L appLE"), "3: \n用户名存在")
	w.hears(1, "Q apple")
	expect(t, "it is free again", w.hears(2, "L аррӏе"), "2: OK")
}

func FuzzFold(f *testing.F) {
	f.Add("Ann")
	f.Add("аррӏе")
	f.Add("管埋员")
	f.Fuzz(func(t *testing.T, name string) {
		key, ok := fold(name)
		if again, is := fold(name); again != key || is != ok {
			t.Fatalf("%q: %q, and %q", name, key, again)
		}
		if !ok {
			return
		}
		if key == "" {
			t.Errorf("%q has no key", name)
		}
		if strings.ContainsAny(name, " \n\t\x00\x1b:") {
			t.Errorf("%q is allowed", name)
		}
	})
}
