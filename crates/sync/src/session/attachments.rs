//! Attachments: the last that a session carries, asked for piece by piece once all else has settled.

use std::collections::BTreeSet;

use linli_wire::{Digest, limits::PIECE_BYTES_MAX};

use super::{Output, Session};
use crate::{
    error::{Misbehaved, PeerFault, SessionError},
    holdings::{Holdings, Kept},
    limits::LACKED_MAX,
    message::{Carry, Message},
};

#[derive(Debug, Default)]
pub(super) struct Attachments {
    /// Whether this side said that it wants any, and not yet that it has done.
    wants: bool,
    /// Whether the peer did.
    peer_wants: bool,
    /// What was asked for and not answered yet.
    asked: Option<(Digest, u64)>,
    /// Where to go on with the file that came last.
    next: Option<(Digest, u64)>,
    /// What the peer does not have, or sent wrong.
    lacked: BTreeSet<Digest>,
}

impl Attachments {
    /// Whether neither side waits for anything.
    pub(super) const fn is_idle(&self) -> bool {
        !self.wants && !self.peer_wants
    }
}

impl Session {
    /// Says that this side will ask for attachments, if it will and has not said so.
    pub(super) fn say_wants<H: Holdings>(&mut self, holdings: &mut H) -> Result<(), H::Error> {
        if !self.attachments.wants && self.wanted(holdings)?.is_some() {
            self.attachments.wants = true;
            self.send(&Message::Wants);
        }
        Ok(())
    }

    /// Goes on with attachments; returns whether the session has to stay for them.
    pub(super) fn fetch_attachments<H: Holdings>(&mut self, holdings: &mut H) -> Result<bool, H::Error> {
        if self.attachments.asked.is_some() {
            return Ok(true);
        }
        self.say_wants(holdings)?;
        if self.attachments.wants {
            let next = match self.attachments.next.take() {
                Some(next) => Some(next),
                None => self.wanted(holdings)?,
            };
            if let Some((file, from)) = next {
                self.attachments.asked = Some((file, from));
                self.send(&Message::Want { file, from, bytes_max: PIECE_BYTES_MAX as u64 });
            } else {
                self.attachments.wants = false;
                self.send(&Message::Fetched);
            }
        }
        Ok(!self.attachments.is_idle())
    }

    fn wanted<H: Holdings>(&self, holdings: &mut H) -> Result<Option<(Digest, u64)>, H::Error> {
        if self.shared.carry() != Carry::All || self.attachments.lacked.len() >= LACKED_MAX {
            return Ok(None);
        }
        let lacked = &self.attachments.lacked;
        holdings.wanted(&|file| lacked.contains(file), &|space| self.shared.allows(space))
    }

    pub(super) fn take_wants(&mut self) -> Result<(), PeerFault> {
        if std::mem::replace(&mut self.attachments.peer_wants, true) {
            return Err(Misbehaved::OutOfTurn { message: "wants", expected: "want or fetched" }.into());
        }
        Ok(())
    }

    pub(super) fn take_fetched(&mut self) -> Result<(), PeerFault> {
        if !std::mem::replace(&mut self.attachments.peer_wants, false) {
            return Err(Misbehaved::OutOfTurn { message: "fetched", expected: "wants" }.into());
        }
        Ok(())
    }

    pub(super) fn take_want<H: Holdings>(
        &mut self,
        file: Digest,
        from: u64,
        bytes_max: u64,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if !self.attachments.peer_wants {
            let fault = Misbehaved::OutOfTurn { message: "want", expected: "wants" };
            return Err(PeerFault::from(fault).into());
        }
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX).min(PIECE_BYTES_MAX);
        let piece = match self.shared.carry() {
            Carry::All => holdings.piece(&file, from, bytes_max, &|space| self.shared.allows(space)),
            Carry::NoBulk | Carry::Trust => Ok(None),
        };
        let answer = match piece.map_err(SessionError::Holdings)?.filter(|bytes| !bytes.is_empty()) {
            Some(bytes) => Message::Piece { file, from, bytes },
            None => Message::Lacks { file },
        };
        self.send(&answer);
        Ok(())
    }

    pub(super) fn take_piece<H: Holdings>(
        &mut self,
        file: Digest,
        from: u64,
        bytes: &[u8],
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if self.attachments.asked.take() != Some((file, from)) {
            let fault = Misbehaved::OutOfTurn { message: "piece", expected: "the piece that was asked for" };
            return Err(PeerFault::from(fault).into());
        }
        let to = from + bytes.len() as u64;
        match holdings.keep(&file, from, bytes).map_err(SessionError::Holdings)? {
            Kept::Part => self.attachments.next = Some((file, to)),
            Kept::Whole => self.outputs.push_back(Output::Attachment { file }),
            // Another peer may have it right.
            Kept::Wrong => {
                self.attachments.lacked.insert(file);
            }
        }
        Ok(())
    }

    pub(super) fn take_lacks(&mut self, file: Digest) -> Result<(), PeerFault> {
        if self.attachments.asked.take().is_none_or(|(asked, _)| asked != file) {
            return Err(Misbehaved::OutOfTurn { message: "lacks", expected: "what was asked for" }.into());
        }
        self.attachments.lacked.insert(file);
        Ok(())
    }
}
