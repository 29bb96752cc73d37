//! What kind of file it is, by its first bytes: what a person calls it proves nothing.

/// Photos, scans and papers. Nothing that a viewer would run.
const KINDS: [(&str, usize, &[u8]); 7] = [
    ("image/jpeg", 0, &[0xff, 0xd8, 0xff]),
    ("image/png", 0, b"\x89PNG\r\n\x1a\n"),
    ("image/webp", 8, b"WEBP"),
    ("image/heic", 4, b"ftypheic"),
    ("image/tiff", 0, b"II*\0"),
    ("image/tiff", 0, b"MM\0*"),
    ("application/pdf", 0, b"%PDF-"),
];

/// The media type of a file that begins so; `None` for what is not taken.
pub fn media_type(beginning: &[u8]) -> Option<&'static str> {
    let is = |at: &usize, magic: &[u8]| beginning.get(*at..).is_some_and(|rest| rest.starts_with(magic));
    KINDS.iter().find(|(_, at, magic)| is(at, magic)).map(|(media_type, _, _)| *media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_how_they_begin() {
        for (beginning, expected) in [
            (&b"\xff\xd8\xff\xe0\0\x10JFIF"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n\0\0", Some("image/png")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"\0\0\0\x18ftypheic", Some("image/heic")),
            (b"%PDF-1.7", Some("application/pdf")),
            (b"<svg xmlns=", None),
            (b"MZ\x90\0", None),
            (b"%PD", None),
            (b"", None),
        ] {
            assert_eq!(media_type(beginning), expected, "{beginning:?}");
        }
    }
}
