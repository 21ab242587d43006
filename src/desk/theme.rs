//! Colours: the terminal's own sixteen, so that its theme rules. Meaning is never carried by colour alone.

use ratatui::style::{Color, Modifier, Style};

use crate::config::ThemeName;

/// Styles by meaning.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    pub accent: Style,
    pub dim: Style,
    pub normal: Style,
    pub bold: Style,
    pub selected: Style,
    pub matched: Style,
    pub revealed: Style,
    pub bad: Style,
    pub good: Style,
}

impl Theme {
    #[must_use]
    pub fn named(name: ThemeName) -> Self {
        let plain = Style::new();
        let colour = |colour| if name == ThemeName::Mono || std::env::var_os("NO_COLOR").is_some() { plain } else { plain.fg(colour) };
        let accent = match name {
            ThemeName::Light => Color::Blue,
            ThemeName::HighContrast => Color::Yellow,
            ThemeName::Dark | ThemeName::Mono => Color::Cyan,
        };
        let dim = if name == ThemeName::HighContrast { plain } else { plain.add_modifier(Modifier::DIM) };
        Self {
            accent: colour(accent),
            dim,
            normal: plain,
            bold: plain.add_modifier(Modifier::BOLD),
            selected: plain.add_modifier(Modifier::REVERSED),
            matched: plain.add_modifier(Modifier::UNDERLINED),
            revealed: colour(Color::Green).add_modifier(Modifier::BOLD),
            bad: colour(Color::Red).add_modifier(Modifier::BOLD),
            good: colour(Color::Green),
        }
    }
}
