//! Frames: what travels on a link and stands in a bundle file, each with the lane it goes in.
//!
//! `length: u32 big-endian ‖ lane: u8 ‖ body`, where the length counts the lane and the body.
//! The lane stands in the frame, so priority does not rest on the transport.

use thiserror::Error;

use crate::limits::FRAME_BYTES_MAX;

/// How urgent a frame is; the lowest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// The session's own messages: hello, digests, frontiers, done.
    Control,
    /// Trust, receipts and notices.
    Trust,
    /// Logs of which the peer lacks little.
    Recent,
    /// Everything else of logs.
    Bulk,
    /// The bytes of attachments.
    Attachments,
}

impl Lane {
    pub const ALL: [Self; 5] = [Self::Control, Self::Trust, Self::Recent, Self::Bulk, Self::Attachments];

    pub const fn code(self) -> u8 {
        self as u8
    }

    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Control),
            1 => Some(Self::Trust),
            2 => Some(Self::Recent),
            3 => Some(Self::Bulk),
            4 => Some(Self::Attachments),
            _ => None,
        }
    }
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub lane: Lane,
    pub body: Vec<u8>,
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FrameError {
    #[error("a frame of {0} bytes is over the limit of {FRAME_BYTES_MAX}")]
    TooLarge(usize),
    #[error("a frame without a lane")]
    Empty,
    #[error("unknown lane {0}")]
    Lane(u8),
}

/// Bytes before a frame's body.
pub const FRAME_HEAD_BYTES: usize = 5;

impl Frame {
    /// The frame as it travels.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FRAME_HEAD_BYTES + self.body.len());
        bytes.extend_from_slice(&(self.body.len() as u32 + 1).to_be_bytes());
        bytes.push(self.lane.code());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// The lane and the length of the body that follows this head.
    pub fn decode_head(head: [u8; FRAME_HEAD_BYTES]) -> Result<(Lane, usize), FrameError> {
        let [a, b, c, d, lane] = head;
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if len == 0 {
            return Err(FrameError::Empty);
        }
        if len - 1 > FRAME_BYTES_MAX {
            return Err(FrameError::TooLarge(len - 1));
        }
        Ok((Lane::from_code(lane).ok_or(FrameError::Lane(lane))?, len - 1))
    }

    /// Takes the first whole frame off `bytes`; `None` while there is none yet.
    pub fn take(bytes: &mut &[u8]) -> Result<Option<Self>, FrameError> {
        let Some((head, rest)) = bytes.split_first_chunk::<FRAME_HEAD_BYTES>() else {
            return Ok(None);
        };
        let (lane, len) = Self::decode_head(*head)?;
        let Some((body, rest)) = rest.split_at_checked(len) else {
            return Ok(None);
        };
        *bytes = rest;
        Ok(Some(Self { lane, body: body.to_vec() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_one_by_one() {
        let frames =
            [Frame { lane: Lane::Bulk, body: vec![1; 300] }, Frame { lane: Lane::Control, body: vec![] }];
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let mut rest = &bytes[..];
        assert_eq!(Frame::take(&mut rest), Ok(Some(frames[0].clone())));
        assert_eq!(Frame::take(&mut rest), Ok(Some(frames[1].clone())));
        assert_eq!(Frame::take(&mut rest), Ok(None));
        for cut in 0..305 {
            assert_eq!(Frame::take(&mut &bytes[..cut]), Ok(None), "cut at {cut}");
        }
    }

    #[test]
    fn a_frame_is_refused_by_its_head() {
        let head = |len: usize, lane: u8| {
            let [a, b, c, d] = (len as u32).to_be_bytes();
            Frame::decode_head([a, b, c, d, lane])
        };
        assert_eq!(head(FRAME_BYTES_MAX + 1, 3), Ok((Lane::Bulk, FRAME_BYTES_MAX)));
        assert_eq!(head(FRAME_BYTES_MAX + 2, 3), Err(FrameError::TooLarge(FRAME_BYTES_MAX + 1)));
        assert_eq!(head(0, 0), Err(FrameError::Empty));
        assert_eq!(head(1, 4), Ok((Lane::Attachments, 0)));
        assert_eq!(head(1, 5), Err(FrameError::Lane(5)));
    }
}
