//! QR codes on the terminal.

use qrcode::{EcLevel, QrCode};

use super::Failure;
use crate::config::Glyphs;

/// Half blocks where they are surely one cell wide; else two signs a module, which any terminal of 80 columns shows.
pub fn picture(text: &str, glyphs: Glyphs) -> Result<String, Failure> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| Failure::failed(format!("the QR code cannot be made: {error}")))?;
    let width = code.width();
    let dark = |x: usize, y: usize| x < width && y < width && code[(x, y)] == qrcode::Color::Dark;
    let margin = 2;
    let at = |x: usize, y: usize| match (x.checked_sub(margin), y.checked_sub(margin)) {
        (Some(x), Some(y)) => dark(x, y),
        _ => false,
    };
    let side = width + 2 * margin;
    let mut lines = Vec::new();
    if glyphs == Glyphs::Unicode {
        for y in (0..side).step_by(2) {
            // Light modules are drawn, so that it reads on a dark ground.
            let cell = |x| match (at(x, y), y + 1 < side && at(x, y + 1)) {
                (false, false) => '\u{2588}',
                (false, true) => '\u{2580}',
                (true, false) => '\u{2584}',
                (true, true) => ' ',
            };
            lines.push((0..side).map(cell).collect::<String>());
        }
    } else {
        lines.extend((0..side).map(|y| (0..side).map(|x| if at(x, y) { "  " } else { "##" }).collect::<String>()));
    }
    Ok(lines.join("\n"))
}
