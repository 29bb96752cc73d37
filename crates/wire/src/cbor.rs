//! Deterministic CBOR (RFC 8949 §4.2.1): shortest integers, definite lengths, nothing after the end.
//!
//! Our structures are arrays, so no map ordering is needed. The reader accepts exactly what the
//! writer makes: a header that decodes has one encoding, and hashing the bytes that came equals
//! hashing a re-encoding.

use minicbor::{Decoder, Encoder, data::Type};
use thiserror::Error;

/// Why bytes are not the structure expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("the data ends too early")]
    Truncated,
    #[error("expected {expected} at byte {at}")]
    Unexpected { expected: &'static str, at: usize },
    #[error("{what} is {found}, more than the limit of {limit}")]
    TooLarge { what: &'static str, found: u64, limit: u64 },
    #[error("{0} bytes follow the end")]
    Trailing(usize),
    #[error("the encoding at byte {0} is not the shortest")]
    NotShortest(usize),
    #[error("{what} has the unknown value {value}")]
    Unknown { what: &'static str, value: u64 },
    #[error("{0}")]
    Invalid(String),
}

/// Writes deterministic CBOR into memory.
#[derive(Debug)]
pub struct Writer(Encoder<Vec<u8>>);

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

const INFALLIBLE: &str = "writing to a vector cannot fail";

impl Writer {
    pub fn new() -> Self {
        Self(Encoder::new(Vec::new()))
    }

    pub fn array(&mut self, len: usize) -> &mut Self {
        self.0.array(len as u64).expect(INFALLIBLE);
        self
    }

    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.0.u64(value).expect(INFALLIBLE);
        self
    }

    pub fn int(&mut self, value: i64) -> &mut Self {
        self.0.i64(value).expect(INFALLIBLE);
        self
    }

    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.0.bytes(value).expect(INFALLIBLE);
        self
    }

    pub fn text(&mut self, value: &str) -> &mut Self {
        self.0.str(value).expect(INFALLIBLE);
        self
    }

    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.0.bool(value).expect(INFALLIBLE);
        self
    }

    pub fn null(&mut self) -> &mut Self {
        self.0.null().expect(INFALLIBLE);
        self
    }

    /// Appends bytes that are CBOR already.
    pub fn raw(&mut self, cbor: &[u8]) -> &mut Self {
        self.0.writer_mut().extend_from_slice(cbor);
        self
    }

    pub fn finish(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

/// Reads deterministic CBOR and refuses any other.
#[derive(Debug)]
pub struct Reader<'b> {
    decoder: Decoder<'b>,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { decoder: Decoder::new(bytes) }
    }

    /// Reads one whole structure and refuses bytes after it.
    pub fn whole<T>(
        bytes: &'b [u8],
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let mut reader = Self::new(bytes);
        let value = read(&mut reader)?;
        match bytes.len() - reader.position() {
            0 => Ok(value),
            rest => Err(DecodeError::Trailing(rest)),
        }
    }

    pub fn position(&self) -> usize {
        self.decoder.position()
    }

    /// Whether the next value is null; it is consumed if so.
    pub fn null(&mut self) -> Result<bool, DecodeError> {
        let at = self.position();
        match self.decoder.datatype() {
            Ok(Type::Null) => {
                self.decoder.skip().map_err(|_| DecodeError::Unexpected { expected: "null", at })?;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(_) => Err(DecodeError::Truncated),
        }
    }

    /// Whether the next value is an array; nothing is consumed.
    pub fn next_is_array(&mut self) -> Result<bool, DecodeError> {
        match self.decoder.datatype() {
            Ok(found) => Ok(found == Type::Array),
            Err(_) => Err(DecodeError::Truncated),
        }
    }

    /// The head of an array of at most `limit` items.
    pub fn array(&mut self, what: &'static str, limit: usize) -> Result<usize, DecodeError> {
        let (at, len) = self.head("an array", |d| d.array()?.ok_or_else(unusable))?;
        self.shortest(at, len)?;
        if len > limit as u64 {
            return Err(DecodeError::TooLarge { what, found: len, limit: limit as u64 });
        }
        Ok(len as usize)
    }

    /// The head of an array of exactly `len` items.
    pub fn array_of(&mut self, len: usize) -> Result<(), DecodeError> {
        let at = self.position();
        if self.array("array", len)? == len {
            Ok(())
        } else {
            Err(DecodeError::Unexpected { expected: "an array with more items", at })
        }
    }

    pub fn uint(&mut self) -> Result<u64, DecodeError> {
        let (at, value) = self.head("an unsigned integer", Decoder::u64)?;
        self.shortest(at, value)?;
        Ok(value)
    }

    pub fn int(&mut self) -> Result<i64, DecodeError> {
        let (at, value) = self.head("an integer", Decoder::i64)?;
        self.shortest(at, if value < 0 { !value as u64 } else { value as u64 })?;
        Ok(value)
    }

    pub fn bool(&mut self) -> Result<bool, DecodeError> {
        Ok(self.head("a boolean", Decoder::bool)?.1)
    }

    pub fn bytes(&mut self, what: &'static str, limit: usize) -> Result<&'b [u8], DecodeError> {
        let (at, value) = self.head("a byte string", Decoder::bytes)?;
        if value.len() > limit {
            return Err(DecodeError::TooLarge { what, found: value.len() as u64, limit: limit as u64 });
        }
        self.string_head(at, value.len())?;
        Ok(value)
    }

    pub fn bytes_of<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let at = self.position();
        self.bytes("byte string", N)?
            .try_into()
            .map_err(|_| DecodeError::Unexpected { expected: "a longer byte string", at })
    }

    pub fn text(&mut self, what: &'static str, limit: usize) -> Result<&'b str, DecodeError> {
        let (at, value) = self.head("a text", Decoder::str)?;
        if value.len() > limit {
            return Err(DecodeError::TooLarge { what, found: value.len() as u64, limit: limit as u64 });
        }
        self.string_head(at, value.len())?;
        Ok(value)
    }

    fn head<T>(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
    ) -> Result<(usize, T), DecodeError> {
        let at = self.position();
        match read(&mut self.decoder) {
            Ok(value) => Ok((at, value)),
            Err(error) if error.is_end_of_input() => Err(DecodeError::Truncated),
            Err(_) => Err(DecodeError::Unexpected { expected, at }),
        }
    }

    fn string_head(&self, at: usize, len: usize) -> Result<(), DecodeError> {
        // The string's own bytes stand between its head and here.
        if self.position() - len - at == head_len(len as u64) {
            Ok(())
        } else {
            Err(DecodeError::NotShortest(at))
        }
    }

    fn shortest(&self, at: usize, argument: u64) -> Result<(), DecodeError> {
        if self.position() - at == head_len(argument) { Ok(()) } else { Err(DecodeError::NotShortest(at)) }
    }
}

/// Bytes of the shortest head that carries `argument`.
pub const fn head_len(argument: u64) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

fn unusable() -> minicbor::decode::Error {
    minicbor::decode::Error::message("indefinite length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_takes_what_the_writer_makes() {
        let mut writer = Writer::new();
        writer.array(6).uint(1 << 40).int(-25).bytes(&[7; 30]).text("邻里").bool(true).null();
        let bytes = writer.finish();
        let read = Reader::whole(&bytes, |r| {
            r.array_of(6)?;
            Ok((r.uint()?, r.int()?, r.bytes_of::<30>()?, r.text("name", 6)?, r.bool()?, r.null()?))
        });
        assert_eq!(read, Ok((1 << 40, -25, [7; 30], "邻里", true, true)));
    }

    #[test]
    fn other_encodings_of_the_same_value_are_refused() {
        let cases: [(&[u8], DecodeError); 5] = [
            (&[0x18, 0x17], DecodeError::NotShortest(0)),
            (&[0x19, 0x00, 0xff], DecodeError::NotShortest(0)),
            (&[0x17, 0x00], DecodeError::Trailing(1)),
            (&[0x19, 0x01], DecodeError::Truncated),
            (&[0x61, 0x61], DecodeError::Unexpected { expected: "an unsigned integer", at: 0 }),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Reader::whole(bytes, Reader::uint), Err(expected), "{bytes:02x?}");
        }
        let long_head: &[u8] = &[0x58, 0x01, 0xaa];
        assert_eq!(
            Reader::whole(long_head, |r| r.bytes("x", 9).map(<[u8]>::to_vec)),
            Err(DecodeError::NotShortest(0))
        );
        let indefinite: &[u8] = &[0x9f, 0x01, 0xff];
        assert!(Reader::new(indefinite).array("x", 9).is_err());
    }

    #[test]
    fn lengths_are_bounded_before_anything_is_allocated() {
        let huge: &[u8] = &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(matches!(
            Reader::new(huge).array("things", 10),
            Err(DecodeError::TooLarge { what: "things", limit: 10, .. })
        ));
        let claimed: &[u8] = &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert!(Reader::new(claimed).bytes("things", 10).is_err());
    }
}
