//! Prints the files of `protocol/` that follow from the model: `codes`, `kinds` or `base`.

use std::io::{Error, Write as _};

use linli_model::published;

fn main() -> Result<(), Error> {
    let text = match std::env::args().nth(1).as_deref() {
        Some("codes") => published::codes_toml(),
        Some("kinds") => published::kinds_toml(),
        Some("base") => published::base_vectors(),
        _ => return Err(Error::other("say which file to print: codes, kinds or base")),
    };
    std::io::stdout().write_all(text.as_bytes())
}
