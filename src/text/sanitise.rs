//! Nothing from the database reaches the terminal but what can be seen: no control or escape byte, no bidirectional override, no zero width.

/// One line: control characters become spaces or go.
#[must_use]
pub fn for_terminal(text: &str) -> String {
    text.chars().filter_map(|c| if matches!(c, '\n' | '\t' | '\r') { Some(' ') } else { visible(c) }).collect()
}

/// Several lines: `\n` stays.
#[must_use]
pub fn lines_for_terminal(text: &str) -> String {
    text.chars()
        .filter_map(|c| {
            if c == '\n' {
                Some(c)
            } else if c == '\t' {
                Some(' ')
            } else {
                visible(c)
            }
        })
        .collect()
}

fn visible(character: char) -> Option<char> {
    let hidden = character.is_control()
        || matches!(u32::from(character),
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F | 0x2028..=0x202E
            | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF);
    (!hidden).then_some(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_sequence_loses_its_teeth() {
        assert_eq!(for_terminal("a\u{1b}[2Jb\u{9b}c\u{202e}d\u{200b}e"), "a[2Jbcde");
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text in any::<String>()) {
            prop_assert!(!for_terminal(&text).chars().any(char::is_control));
        }
    }
}
