//! Nothing from the database reaches the terminal but what can be seen: no control or escape byte, no bidirectional override (Unicode UAX #9),
//! no zero width, no combining mark without a letter under it.

use unicode_normalization::char::is_combining_mark;

/// More marks than this on one letter are an attack on the neighbouring lines, not a language.
const MOST_MARKS: usize = 4;

/// One line: line breaks and tabs become spaces, every other control character goes.
#[must_use]
pub fn for_terminal(text: &str) -> String {
    sanitised(text, false)
}

/// Several lines: `\n` stays.
#[must_use]
pub fn lines_for_terminal(text: &str) -> String {
    sanitised(text, true)
}

/// Whether a character takes no cell of its own and is not a mark: controls, format characters, variation selectors, tags, fillers.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0x00AD | 0x034F | 0x0600..=0x0605 | 0x061C | 0x06DD | 0x070F | 0x0890..=0x0891 | 0x08E2 | 0x115F..=0x1160 | 0x17B4..=0x17B5
            | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFB | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

fn sanitised(text: &str, keep_lines: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    // `None`: nothing stands here that a mark could stand on.
    let mut marks = None;
    for character in text.chars() {
        match character {
            '\n' if keep_lines => {
                clean.push('\n');
                marks = None;
            }
            '\n' | '\t' => {
                clean.push(' ');
                marks = None;
            }
            // Of a Windows line end only the line feed counts.
            '\r' => {}
            hidden if is_hidden(hidden) => {}
            mark if is_combining_mark(mark) => {
                if let Some(count) = marks.filter(|count| *count < MOST_MARKS) {
                    clean.push(mark);
                    marks = Some(count + 1);
                }
            }
            plain => {
                clean.push(plain);
                marks = (!plain.is_whitespace()).then_some(0);
            }
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_sequence_loses_its_teeth() {
        assert_eq!(for_terminal("a\u{1b}[2Jb\u{9b}c\u{202e}d\u{200b}e"), "a[2Jbcde");
        assert_eq!(for_terminal("\u{1b}]52;c;cm0gLXJm\u{7}"), "]52;c;cm0gLXJm");
    }

    #[test]
    fn lines_stay_only_where_asked() {
        assert_eq!(for_terminal("one\r\ntwo\tthree"), "one two three");
        assert_eq!(lines_for_terminal("one\r\ntwo\tthree"), "one\ntwo three");
    }

    #[test]
    fn marks_need_a_letter_and_are_few() {
        assert_eq!(for_terminal("\u{301}a\u{301} \u{301}b"), "a\u{301} b");
        assert_eq!(for_terminal(&format!("z{}", "\u{335}".repeat(40))), format!("z{}", "\u{335}".repeat(4)));
    }

    #[test]
    fn ordinary_text_of_every_script_passes() {
        for text in ["Zhang Wei", "张伟 · 北京", "Éloïse", "e\u{301}", "안녕", "नमस्ते", "🙂 ok", "½ ＡＢ"] {
            assert_eq!(for_terminal(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_survives(text in any::<String>(), extra in proptest::sample::select(vec!['\u{1b}', '\u{202e}', '\u{2066}', '\u{200d}', '\u{feff}', '\u{85}', '\u{e0041}'])) {
            let text = format!("{extra}{text}{extra}");
            for clean in [for_terminal(&text), lines_for_terminal(&text).replace('\n', "")] {
                prop_assert!(!clean.chars().any(is_hidden));
                prop_assert!(!clean.starts_with(is_combining_mark));
                prop_assert_eq!(for_terminal(&clean), clean);
            }
        }
    }
}
