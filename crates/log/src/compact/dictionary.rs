//! The dictionary for small segments: what segments of household records have in common, so that a segment
//! of one entry need not say it again.
//!
//! It is pinned: its bytes are part of the format under its number. A better one gets the next number, and
//! readers keep the old ones.

use std::{io, sync::OnceLock};

use zstd::{
    bulk::{Compressor, Decompressor},
    dict::{DecoderDictionary, EncoderDictionary},
};

use super::LEVEL_SMALL;

/// The number by which a compact segment names it; 0 says that there is none.
pub(super) const ID: u64 = 1;
const BYTES: &[u8] = include_bytes!("../../../../protocol/dictionary/1.zstd-dictionary");

/// As small as it gets: that takes at most a few milliseconds for what is packed with a dictionary.
pub(super) fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    static PREPARED: OnceLock<EncoderDictionary<'static>> = OnceLock::new();
    let prepared = PREPARED.get_or_init(|| EncoderDictionary::copy(BYTES, LEVEL_SMALL));
    Compressor::with_prepared_dictionary(prepared)?.compress(plain)
}

pub(super) fn decompress(packed: &[u8], len: usize) -> io::Result<Vec<u8>> {
    static PREPARED: OnceLock<DecoderDictionary<'static>> = OnceLock::new();
    let prepared = PREPARED.get_or_init(|| DecoderDictionary::copy(BYTES));
    Decompressor::with_prepared_dictionary(prepared)?.decompress(packed, len)
}

#[cfg(test)]
mod tests {
    use linli_wire::Digest;

    use super::*;

    /// Whoever changes the file makes segments that others have unreadable.
    #[test]
    fn the_bytes_of_a_dictionary_never_change() {
        let digest = Digest::of(b"linli/1 dictionary", &[BYTES]);
        assert_eq!(digest.to_string(), "6393e7896dc0ccb875a62369a151b85a440d439721244217bd0670f683e5b045");
    }

    #[test]
    fn what_is_packed_with_it_cannot_be_read_without() {
        let plain = b"relation".repeat(9);
        let packed = compress(&plain).expect("memory");
        assert_eq!(decompress(&packed, plain.len()).expect("it comes back"), plain);
        assert!(zstd::bulk::decompress(&packed, plain.len()).is_err());
    }
}
