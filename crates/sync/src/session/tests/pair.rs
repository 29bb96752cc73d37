//! Two sessions and the link between them, one frame at a time, always in the same order.

use std::collections::{BTreeSet, VecDeque};

use linli_wire::{Arrangement, Channel, Frame, Lane, LogId, RealmId, Space};

use super::{COMMUNITY, Replica, STREET, replica, unit};
use crate::{
    Carry, CloseReason, Config, Input, Message, Output, PeerFault, Role, Session, SessionError, Side,
};

pub(super) struct End {
    pub(super) session: Session,
    pub(super) replica: Replica,
    /// What the session put out, but for frames.
    pub(super) events: Vec<Output>,
    pub(super) fault: Option<PeerFault>,
    /// Writes a receipt into this space and log for every round that brought something.
    pub(super) receipts: Option<(Space, LogId)>,
    /// Frames on their way to the other end.
    out: VecDeque<Frame>,
    closed: bool,
    batch: Option<u64>,
}

/// The dialler is the first of `ends`.
pub(super) struct Pair {
    pub(super) ends: [End; 2],
    /// Whether frames in an urgent lane overtake others.
    pub(super) overtaking: bool,
    /// The link is cut after so many frames arrived.
    pub(super) cut_after: Option<usize>,
    /// Every message that arrived, and who sent it.
    pub(super) sent: Vec<(usize, Message)>,
    pub(super) bytes_sent: usize,
}

pub(super) const REALM: RealmId = RealmId([7; 32]);

pub(super) fn config(mine: &str, theirs: &str, role: Role) -> Config {
    Config {
        realm: REALM,
        mine: vec![unit(mine)],
        theirs: vec![unit(theirs)],
        arrangement: Arrangement::default(),
        role,
        linger: role == Role::Acceptor,
        carry: Carry::All,
        program: "test 1".to_owned(),
    }
}

impl Pair {
    /// A community that dials its street and closes when it has settled.
    pub(super) fn new(child: Replica, hub: Replica) -> Self {
        Self::between(COMMUNITY, child, STREET, hub)
    }

    pub(super) fn between(below: &str, child: Replica, above: &str, hub: Replica) -> Self {
        Self::with((config(below, above, Role::Dialler), child), (config(above, below, Role::Acceptor), hub))
    }

    pub(super) fn with(dialler: (Config, Replica), acceptor: (Config, Replica)) -> Self {
        Self {
            ends: [dialler, acceptor].map(|(config, replica)| End {
                session: Session::new(config),
                replica,
                events: Vec::new(),
                fault: None,
                receipts: None,
                out: VecDeque::new(),
                closed: false,
                batch: None,
            }),
            overtaking: false,
            cut_after: None,
            sent: Vec::new(),
            bytes_sent: 0,
        }
    }

    /// Both sides stay.
    pub(super) fn lingering(self) -> Self {
        self.lingering_with(Carry::All)
    }

    /// Both sides stay, and the dialler wishes the link to carry this.
    pub(super) fn lingering_with(mut self, carry: Carry) -> Self {
        let mut config = config(COMMUNITY, STREET, Role::Dialler);
        (config.linger, config.carry) = (true, carry);
        self.ends[0].session = Session::new(config);
        self
    }

    /// The hub writes receipts into the community's oversight.
    pub(super) fn with_receipts(mut self) -> Self {
        self.ends[1].receipts = Some((Space::new(unit(COMMUNITY), Channel::Oversight), super::log(5)));
        self
    }

    /// Carries frames until nothing moves.
    pub(super) fn run(&mut self) {
        for _ in 0..1_000_000 {
            let moved = [0, 1].map(|end| {
                self.ends[end].work();
                self.carry(end)
            });
            if self.cut_after == Some(self.sent.len()) || moved == [false, false] {
                return;
            }
        }
        panic!("the session does not come to rest");
    }

    pub(super) fn changed(&mut self, end: usize) {
        self.ends[end].give(Input::Changed);
    }

    /// For both sides, whether each settling found both equal.
    pub(super) fn settled(&self) -> [Vec<bool>; 2] {
        self.ends.each_ref().map(|end| {
            let settled = end.events.iter().filter_map(|event| match event {
                Output::Settled { equal, .. } => Some(*equal),
                _ => None,
            });
            settled.collect()
        })
    }

    pub(super) fn declined(&self, end: usize) -> Vec<(Side, Option<LogId>)> {
        let declined = self.ends[end].events.iter().filter_map(|event| match event {
            Output::Declined { by, log, .. } => Some((*by, *log)),
            _ => None,
        });
        declined.collect()
    }

    /// The segments that an end sent, as they arrived.
    pub(super) fn segments(&self, end: usize) -> Vec<(Lane, LogId)> {
        let segments = self.sent.iter().filter_map(|(from, message)| match message {
            Message::Segment { lane, bytes } if *from == end => Some((*lane, replica::log_of(bytes))),
            _ => None,
        });
        segments.collect()
    }

    pub(super) fn into_replicas(self) -> (Replica, Replica) {
        let [child, hub] = self.ends;
        (child.replica, hub.replica)
    }

    fn carry(&mut self, from: usize) -> bool {
        if self.cut_after == Some(self.sent.len()) {
            return false;
        }
        let out = &mut self.ends[from].out;
        let urgent = out.iter().map(|frame| frame.lane).min();
        let at =
            if self.overtaking { out.iter().position(|frame| Some(frame.lane) == urgent) } else { Some(0) };
        let Some(frame) = at.and_then(|at| out.remove(at)) else {
            return false;
        };
        self.bytes_sent += frame.encode().len();
        self.sent.push((from, Message::decode(&frame).expect("a session sends messages")));
        self.ends[1 - from].give(Input::Frame(frame));
        true
    }
}

impl End {
    fn work(&mut self) {
        self.give(Input::Flush);
        self.poll();
        if self.session.awaits_answer() {
            let batch = self.batch.take().expect("what awaits an answer was stored");
            if let Some((space, log)) = self.receipts.clone() {
                self.replica.write(&space, log, b"receipt");
            }
            self.give(Input::Answered { batch, added: self.receipts.is_some() });
            self.poll();
        }
    }

    pub(super) fn give(&mut self, input: Input) {
        match self.session.handle(input, &mut self.replica) {
            Err(SessionError::Peer(fault)) => self.fault = Some(fault),
            Err(SessionError::Holdings(_)) | Ok(()) => {}
        }
    }

    pub(super) fn poll(&mut self) {
        while let Some(output) = self.session.poll_output(&mut self.replica).unwrap_or(None) {
            assert!(!self.closed, "{output:?} follows the close");
            match output {
                Output::Send(frame) => {
                    self.out.push_back(frame);
                    continue;
                }
                Output::Stored { batch, .. } => self.batch = Some(batch),
                Output::Close(_) => self.closed = true,
                Output::Declined { .. } | Output::Settled { .. } | Output::Attachment { .. } => {}
            }
            self.events.push(output);
        }
    }

    pub(super) fn close_reason(&self) -> Option<&CloseReason> {
        self.events.iter().find_map(|event| match event {
            Output::Close(reason) => Some(reason),
            _ => None,
        })
    }

    /// The spaces of all that was stored.
    pub(super) fn stored(&self) -> BTreeSet<Space> {
        let stored = self.events.iter().filter_map(|event| match event {
            Output::Stored { spaces, .. } => Some(spaces.clone()),
            _ => None,
        });
        stored.flatten().collect()
    }
}
