//! The frames of an answer.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of one frame.
const FRAME_BYTES_MAX: usize = 64 << 10;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Data = 1,
    Remark = 2,
    End = 3,
}

impl Tag {
    const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Data),
            2 => Some(Self::Remark),
            3 => Some(Self::End),
            _ => None,
        }
    }
}

/// Writes frames of one tag to a stream that is shared with the other tags.
#[derive(Debug)]
pub struct Sender {
    stream: Arc<Mutex<UnixStream>>,
    tag: Tag,
}

impl Sender {
    pub fn new(stream: &Arc<Mutex<UnixStream>>, tag: Tag) -> Self {
        Self { stream: stream.clone(), tag }
    }
}

impl Write for Sender {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part = &bytes[..bytes.len().min(FRAME_BYTES_MAX)];
        let mut frame = Vec::with_capacity(part.len() + 5);
        frame.push(self.tag as u8);
        frame.extend_from_slice(&(part.len() as u32).to_be_bytes());
        frame.extend_from_slice(part);
        self.stream.lock().unwrap_or_else(PoisonError::into_inner).write_all(&frame)?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The next frame; `None` at the end of the stream.
pub fn take(stream: &mut impl Read) -> io::Result<Option<(Tag, Vec<u8>)>> {
    let mut head = [0; 5];
    match stream.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let [tag, len @ ..] = head;
    let len = u32::from_be_bytes(len) as usize;
    let (Some(tag), true) = (Tag::of(tag), len <= FRAME_BYTES_MAX) else {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer that is no answer"));
    };
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes)?;
    Ok(Some((tag, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_output_comes_in_frames_and_a_foreign_frame_is_refused() {
        let (near, mut far) = UnixStream::pair().expect("a pair of sockets can be made");
        let long = vec![b'x'; FRAME_BYTES_MAX + 1];
        let reader = std::thread::spawn(move || {
            let first = take(&mut far).expect("the stream is whole");
            let second = take(&mut far).expect("the stream is whole");
            let end = take(&mut far).expect("the stream ended between frames");
            (first, second, end)
        });
        Sender::new(&Arc::new(Mutex::new(near)), Tag::Data).write_all(&long).expect("somebody reads");
        let (first, second, end) = reader.join().expect("the reader does not panic");
        assert_eq!(first, Some((Tag::Data, long[1..].to_vec())));
        assert_eq!(second, Some((Tag::Data, vec![b'x'])));
        assert_eq!(end, None);
        assert!(take(&mut &[9, 0, 0, 0, 0][..]).is_err());
        assert!(take(&mut &[1, 255, 255, 255, 255][..]).is_err());
    }
}
