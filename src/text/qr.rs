//! QR codes on the terminal.

use qrcode::{EcLevel, QrCode, types::QrError};

use crate::{config::Glyphs, crypto::secret::Secret};

/// Half blocks where they are surely one cell wide, two modules a cell; else two signs a module.
///
/// # Errors
/// A text of more than some 2,900 bytes.
pub fn picture(text: &Secret<String>, glyphs: Glyphs) -> Result<Secret<String>, QrError> {
    let code = QrCode::with_error_correction_level(text.expose(), EcLevel::L)?;
    let width = code.width();
    let dark = |x: usize, y: usize| x < width && y < width && code[(x, y)] == qrcode::Color::Dark;
    let margin = 2;
    let at = |x: usize, y: usize| match (x.checked_sub(margin), y.checked_sub(margin)) {
        (Some(x), Some(y)) => dark(x, y),
        _ => false,
    };
    let side = width + 2 * margin;
    // Room for the longest sign in every place, so that it does not move in memory while it grows.
    let mut picture = String::with_capacity(side * (2 * side + 1));
    if glyphs == Glyphs::Unicode {
        for y in (0..side).step_by(2) {
            // Light modules are drawn, so that it reads on a dark ground.
            let cell = |x| match (at(x, y), y + 1 < side && at(x, y + 1)) {
                (false, false) => '\u{2588}',
                (false, true) => '\u{2580}',
                (true, false) => '\u{2584}',
                (true, true) => ' ',
            };
            picture.extend((0..side).map(cell));
            picture.push('\n');
        }
    } else {
        for y in 0..side {
            picture.extend((0..side).map(|x| if at(x, y) { "  " } else { "##" }));
            picture.push('\n');
        }
    }
    picture.pop();
    Ok(Secret::new(picture))
}
