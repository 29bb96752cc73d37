//! The records of a link over TCP, within TLS.
//!
//! ```text
//! record = kind: 1 byte ‖ length: 3 bytes big-endian ‖ that many bytes
//! ```
//!
//! | kind | name | bytes |
//! |---|---|---|
//! | 0 | alive | none; sent when nothing else was for a while |
//! | 1 | data | 1 to 16,384 bytes of the stream of frames |
//! | 2 | room | `uint32`: so many bytes more may be sent; each side begins with 1 MiB |
//! | 3 | end | none: the stream of frames ends here |
//! | 4 | ended | none: everything up to the other's *end* is here |
//! | 5 | broken off | none: the stream of frames ends before its end |
//! | 6 | stop | none: what else comes is not read |
//! | 7 | close | `uint32` code, then up to 1,024 bytes of a reason as UTF-8 |

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of the stream in one record.
pub(crate) const RECORD_DATA_MAX: usize = 16 << 10;
/// Bytes of the reason in *close*.
pub(crate) const CLOSE_REASON_BYTES_MAX: usize = 1024;
const HEAD_BYTES: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    Alive,
    Data(Bytes),
    Room(u32),
    End,
    Ended,
    BrokenOff,
    Stop,
    Close { code: u32, reason: Bytes },
}

impl Record {
    const fn kind(&self) -> u8 {
        match self {
            Self::Alive => 0,
            Self::Data(_) => 1,
            Self::Room(_) => 2,
            Self::End => 3,
            Self::Ended => 4,
            Self::BrokenOff => 5,
            Self::Stop => 6,
            Self::Close { .. } => 7,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let head_at = out.len();
        out.extend([self.kind(), 0, 0, 0]);
        match self {
            Self::Data(bytes) => out.extend_from_slice(bytes),
            Self::Room(bytes) => out.extend(bytes.to_be_bytes()),
            Self::Close { code, reason } => {
                out.extend(code.to_be_bytes());
                out.extend_from_slice(&reason[..reason.len().min(CLOSE_REASON_BYTES_MAX)]);
            }
            Self::Alive | Self::End | Self::Ended | Self::BrokenOff | Self::Stop => {}
        }
        let len = (out.len() - head_at - HEAD_BYTES) as u32;
        out[head_at + 1..head_at + HEAD_BYTES].copy_from_slice(&len.to_be_bytes()[1..]);
    }

    /// Takes the first record from `bytes`; `None` while it is not whole.
    ///
    /// Invariant: no more than the greatest record is ever waited for.
    pub(crate) fn take(bytes: &mut BytesMut) -> Result<Option<Self>, &'static str> {
        let Some(&[kind, a, b, c]) = bytes.first_chunk::<HEAD_BYTES>() else { return Ok(None) };
        let len = u32::from_be_bytes([0, a, b, c]) as usize;
        let fits = match kind {
            1 => (1..=RECORD_DATA_MAX).contains(&len),
            2 => len == 4,
            7 => (4..=4 + CLOSE_REASON_BYTES_MAX).contains(&len),
            0 | 3..=6 => len == 0,
            _ => return Err("a record of an unknown kind"),
        };
        if !fits {
            return Err("a record of a length that its kind does not have");
        }
        if bytes.len() < HEAD_BYTES + len {
            return Ok(None);
        }
        bytes.advance(HEAD_BYTES);
        let mut body = bytes.split_to(len).freeze();
        Ok(Some(match kind {
            0 => Self::Alive,
            1 => Self::Data(body),
            2 => Self::Room(body.get_u32()),
            3 => Self::End,
            4 => Self::Ended,
            5 => Self::BrokenOff,
            6 => Self::Stop,
            _ => Self::Close { code: body.get_u32(), reason: body },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<(Record, Vec<u8>)> {
        let close = Record::Close { code: 4, reason: Bytes::from_static(b"no") };
        vec![
            (Record::Alive, vec![0, 0, 0, 0]),
            (Record::Data(Bytes::from_static(b"xyz")), vec![1, 0, 0, 3, b'x', b'y', b'z']),
            (Record::Room(0x0102_0304), vec![2, 0, 0, 4, 1, 2, 3, 4]),
            (Record::End, vec![3, 0, 0, 0]),
            (Record::Ended, vec![4, 0, 0, 0]),
            (Record::BrokenOff, vec![5, 0, 0, 0]),
            (Record::Stop, vec![6, 0, 0, 0]),
            (close, vec![7, 0, 0, 6, 0, 0, 0, 4, b'n', b'o']),
        ]
    }

    #[test]
    fn a_record_has_one_encoding_and_is_read_however_it_is_cut() {
        for (record, bytes) in every() {
            let mut out = Vec::new();
            record.encode(&mut out);
            assert_eq!(out, bytes);
            for cut in 0..bytes.len() {
                let mut part = BytesMut::from(&bytes[..cut]);
                assert_eq!(Record::take(&mut part), Ok(None), "{record:?} cut at {cut}");
            }
            let mut twice = BytesMut::from(&[&bytes[..], &bytes[..]].concat()[..]);
            assert_eq!(Record::take(&mut twice), Ok(Some(record.clone())));
            assert_eq!(Record::take(&mut twice), Ok(Some(record)));
            assert_eq!(Record::take(&mut twice), Ok(None));
        }
    }

    #[test]
    fn a_record_of_another_length_or_kind_is_refused_by_its_head() {
        for head in [
            [0, 0, 0, 1],
            [1, 0, 0, 0],
            [1, 0, 0x40, 1],
            [1, 0xff, 0xff, 0xff],
            [2, 0, 0, 3],
            [3, 0, 0, 1],
            [4, 0, 0, 1],
            [5, 0, 0, 1],
            [6, 0, 0, 1],
            [7, 0, 0, 3],
            [7, 0, 4, 5],
            [8, 0, 0, 0],
            [255, 0, 0, 0],
        ] {
            assert!(Record::take(&mut BytesMut::from(&head[..])).is_err(), "{head:?}");
        }
        let most = [&[1, 0, 0x40, 0][..], &[7; RECORD_DATA_MAX]].concat();
        assert!(matches!(Record::take(&mut BytesMut::from(&most[..])), Ok(Some(Record::Data(_)))));
    }
}
