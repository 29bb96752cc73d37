//! The session: its stages from hello to the rounds. `interface` has what goes in and out, `receive`
//! and `rounds` what follows the opening.

use std::collections::{BTreeMap, VecDeque};

use linli_log::{SpaceFrontier, frontier::digest_of};
use linli_wire::{Digest, Space};

use crate::{
    compare::{self, Compare},
    error::{Incompatible, Misbehaved, PeerFault, SessionError},
    holdings::Holdings,
    message::{Carry, GoodbyeCode, Hello, Message},
    peer::PeerView,
    push::PushQueue,
    shared::{Shared, fewest},
};

mod attachments;
mod interface;
mod receive;
mod rounds;

use attachments::Attachments;
pub use interface::{CloseReason, Config, Counts, Input, Output, Role, Side};
use receive::Received;
use rounds::Round;

/// One session with one peer.
#[derive(Debug)]
pub struct Session {
    config: Config,
    shared: Shared,
    stage: Stage,
    outputs: VecDeque<Output>,
    /// What this side held when it said hello, kept where the peer may turn out to hold the same.
    snapshot: Option<BTreeMap<Space, SpaceFrontier>>,
    hello_digests: Option<HelloDigests>,
    /// The peer's program, once it has said hello.
    peer_program: String,
    peer: PeerView,
    push: PushQueue,
    received: Received,
    round: Option<Round>,
    /// Rounds since the session last settled.
    rounds: u32,
    /// Whether the replica may hold something that the peer lacks and that is not in the queue.
    rescan: bool,
    attachments: Attachments,
    counts: Counts,
}

/// What the peer is to send next.
#[derive(Debug)]
enum Stage {
    Hello,
    Digests(Compare),
    Frontiers(Compare),
    Rounds(Option<Compare>),
    Closed,
}

impl Stage {
    const fn expects(&self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Digests(_) => "digests",
            Self::Frontiers(_) => "frontiers",
            Self::Rounds(_) => "segment, pushed, declined or settled",
            Self::Closed => "nothing",
        }
    }
}

impl Session {
    pub fn new(config: Config) -> Self {
        let fewest = |units: Vec<_>| fewest(units, &config.arrangement);
        let (mine, theirs) = (fewest(config.mine.clone()), fewest(config.theirs.clone()));
        let config = Config { mine, theirs, ..config };
        Self {
            shared: Shared::new(&config.mine, &config.theirs, config.arrangement.clone(), config.carry),
            config,
            stage: Stage::Hello,
            outputs: VecDeque::new(),
            snapshot: None,
            hello_digests: None,
            peer_program: String::new(),
            peer: PeerView::default(),
            push: PushQueue::default(),
            received: Received::default(),
            round: None,
            rounds: 0,
            rescan: false,
            attachments: Attachments::default(),
            counts: Counts::default(),
        }
    }

    /// Takes what happened. After an error the session is over: `poll_output` has a goodbye for the
    /// peer and the close. Input to a session that is over is ignored.
    pub fn handle<H: Holdings>(
        &mut self,
        input: Input,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if self.is_closed() {
            return Ok(());
        }
        let done = self.take(input, holdings);
        self.judged(done)
    }

    /// The next thing to do; `None` until there is new input. Call it only while the link has room:
    /// what it returns is not kept.
    pub fn poll_output<H: Holdings>(
        &mut self,
        holdings: &mut H,
    ) -> Result<Option<Output>, SessionError<H::Error>> {
        let output = self.next_output(holdings);
        self.judged(output)
    }

    /// Whether the session waits for [`Input::Answered`] and for nothing else: the peer has pushed all
    /// of this round, and it is stored.
    ///
    /// A link may break before; batches that are not answered by then are durable all the same.
    pub fn awaits_answer(&self) -> bool {
        self.received.is_empty()
            && self.received.unanswered()
            && self.round.as_ref().is_some_and(Round::all_came)
            && self.outputs.is_empty()
    }

    /// Whether the session is over. Outputs may still be there to be polled.
    pub const fn is_closed(&self) -> bool {
        matches!(self.stage, Stage::Closed)
    }

    /// Whether the session has settled and nothing has happened since.
    pub const fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Rounds(None))
            && self.round.is_none()
            && !self.rescan
            && self.attachments.is_idle()
    }

    /// Whether segments that are still to be sent were read already.
    pub fn reads_ahead(&self) -> bool {
        self.push.reads_ahead()
    }

    /// The peer's program and its version; empty before its hello.
    pub fn peer_program(&self) -> &str {
        &self.peer_program
    }

    /// Whether the peer has said hello.
    pub const fn has_met(&self) -> bool {
        !matches!(self.stage, Stage::Hello)
    }

    pub const fn counts(&self) -> Counts {
        self.counts
    }

    fn take<H: Holdings>(&mut self, input: Input, holdings: &mut H) -> Result<(), SessionError<H::Error>> {
        match input {
            Input::Frame(frame) => {
                self.open(holdings)?;
                let message = Message::decode(&frame)?;
                self.take_message(message, holdings)
            }
            Input::Changed => {
                self.rescan = true;
                Ok(())
            }
            Input::Answered { batch, added } => {
                self.received.answer(batch);
                self.rescan |= added;
                Ok(())
            }
            Input::Flush => self.store_received(holdings),
            Input::Finish => {
                self.config.linger = false;
                Ok(())
            }
        }
    }

    fn take_message<H: Holdings>(
        &mut self,
        message: Message,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if !matches!(message, Message::Segment { .. }) {
            self.store_received(holdings)?;
        }
        if let Message::Goodbye { code, text } = message {
            self.close(CloseReason::Peer { code, text });
            return Ok(());
        }
        match (&mut self.stage, message) {
            (_, Message::Wants) => Ok(self.take_wants()?),
            (Stage::Rounds(_), Message::Want { file, from, bytes_max }) => {
                self.take_want(file, from, bytes_max, holdings)
            }
            (Stage::Rounds(_), Message::Piece { file, from, bytes }) => {
                self.take_piece(file, from, &bytes, holdings)
            }
            (Stage::Rounds(_), Message::Lacks { file }) => Ok(self.take_lacks(file)?),
            (Stage::Rounds(_), Message::Fetched) => Ok(self.take_fetched()?),
            (Stage::Hello, Message::Hello(hello)) => self.take_hello(hello, holdings),
            (Stage::Digests(compare), Message::Digests { spaces, more }) => {
                compare.take_digests(spaces, more, &self.shared)?;
                if !more {
                    self.advance_stage();
                }
                Ok(())
            }
            (Stage::Frontiers(compare), Message::Frontiers { spaces, more }) => {
                if let Some(theirs) = compare.take_frontiers(spaces, more, &self.shared)? {
                    self.peer.assign(theirs);
                    self.advance_stage();
                    self.begin_round();
                    self.rescan = true;
                }
                Ok(())
            }
            (Stage::Rounds(_), Message::Segment { bytes, .. }) => self.take_segment(bytes, holdings),
            (Stage::Rounds(_), Message::Pushed { segments }) => Ok(self.take_pushed(segments)?),
            (Stage::Rounds(_), Message::Settled { digest, more }) => Ok(self.take_settled(digest, more)?),
            (Stage::Rounds(_), Message::Declined { log, seq, lasting, reason }) => {
                Ok(self.take_declined(log, seq, lasting, reason)?)
            }
            (stage, message) => {
                let fault = Misbehaved::OutOfTurn { message: message.name(), expected: stage.expects() };
                Err(PeerFault::from(fault).into())
            }
        }
    }

    /// Says hello, if that was not done yet.
    fn open<H: Holdings>(&mut self, holdings: &mut H) -> Result<(), SessionError<H::Error>> {
        if self.hello_digests.is_some() {
            return Ok(());
        }
        let digests = if self.config.linger {
            let snapshot = compare::take(holdings, &self.shared).map_err(SessionError::Holdings)?;
            let digests = compare::digests(&snapshot);
            self.snapshot = Some(snapshot);
            digests
        } else {
            self.shared_digests(holdings).map_err(SessionError::Holdings)?
        };
        // What an earlier link left unfinished; said before hello, so that the peer waits for it.
        self.say_wants(holdings).map_err(SessionError::Holdings)?;
        let ours = HelloDigests::of(&digests);
        self.hello_digests = Some(ours);
        self.send(&Message::Hello(Hello {
            realm: self.config.realm,
            mine: self.config.mine.clone(),
            theirs: self.config.theirs.clone(),
            digest: ours.all,
            trust_digest: ours.trust,
            carry: self.config.carry,
            program: self.config.program.clone(),
        }));
        Ok(())
    }

    fn take_hello<H: Holdings>(
        &mut self,
        hello: Hello,
        holdings: &mut H,
    ) -> Result<(), SessionError<H::Error>> {
        if hello.realm != self.config.realm {
            let fault = Incompatible::Realm { ours: self.config.realm, theirs: hello.realm };
            return Err(PeerFault::from(fault).into());
        }
        // What the peer calls its own is for this side the other's.
        self.shared.narrow(hello.theirs, hello.mine, hello.carry);
        if self.shared.carry() == Carry::NoBulk {
            self.push.hold_back_bulk();
        }
        let theirs = HelloDigests { all: hello.digest, trust: hello.trust_digest };
        let equal = self.hello_digests.is_some_and(|ours| ours.equal(theirs, self.shared.carry()));
        let mut snapshot = self.snapshot.take();
        if let Some(snapshot) = &mut snapshot {
            snapshot.retain(|space, _| self.shared.allows(space));
        }
        holdings.meet(&hello.program).map_err(SessionError::Holdings)?;
        self.peer_program = hello.program;
        if self.shared.agreed() && equal {
            self.stage = Stage::Rounds(None);
            self.outputs.push_back(Output::Settled { equal: true, counts: self.counts });
            match snapshot {
                Some(snapshot) => self.peer.assign(snapshot),
                None if !self.attachments.is_idle() => self.stay_for_attachments(holdings)?,
                // Without one it is not known what the peer holds, so nothing may be pushed to it.
                None => self.goodbye(GoodbyeCode::Done, String::new(), CloseReason::Done),
            }
            return Ok(());
        }
        let ours = compare::take(holdings, &self.shared).map_err(SessionError::Holdings)?;
        self.stage = Stage::Digests(Compare::new(ours));
        Ok(())
    }

    /// Stays where all is equal but attachments are wanted, unless entries were added since hello: then the
    /// next session has both.
    fn stay_for_attachments<H: Holdings>(&mut self, holdings: &mut H) -> Result<(), SessionError<H::Error>> {
        let held = compare::take(holdings, &self.shared).map_err(SessionError::Holdings)?;
        let now = HelloDigests::of(&compare::digests(&held));
        if self.hello_digests.is_some_and(|then| then.equal(now, Carry::All)) {
            self.peer.assign(held);
        } else {
            self.goodbye(GoodbyeCode::Done, String::new(), CloseReason::Done);
        }
        Ok(())
    }

    fn next_output<H: Holdings>(
        &mut self,
        holdings: &mut H,
    ) -> Result<Option<Output>, SessionError<H::Error>> {
        if self.outputs.is_empty() && !self.is_closed() {
            self.open(holdings)?;
        }
        if let Some(output) = self.outputs.pop_front() {
            return Ok(Some(output));
        }
        match &mut self.stage {
            Stage::Hello | Stage::Closed => Ok(None),
            Stage::Digests(compare) | Stage::Frontiers(compare) => {
                Ok(compare.next_page().map(|page| Output::Send(page.encode())))
            }
            Stage::Rounds(pages) => {
                if let Some(page) = pages.as_mut().and_then(Compare::next_page) {
                    return Ok(Some(Output::Send(page.encode())));
                }
                *pages = None;
                self.next_in_round(holdings)
            }
        }
    }

    fn advance_stage(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Digests(compare) => Stage::Frontiers(compare),
            Stage::Frontiers(compare) => Stage::Rounds(Some(compare)),
            other => other,
        };
    }

    fn shared_digests<H: Holdings>(&self, holdings: &mut H) -> Result<BTreeMap<Space, Digest>, H::Error> {
        let mut digests = holdings.digests(&|space| self.shared.allows(space))?;
        digests.retain(|space, _| self.shared.allows(space));
        Ok(digests)
    }

    fn send(&mut self, message: &Message) {
        self.outputs.push_back(Output::Send(message.encode()));
    }

    fn goodbye(&mut self, code: GoodbyeCode, text: String, reason: CloseReason) {
        self.send(&Message::Goodbye { code, text });
        self.close(reason);
    }

    fn close(&mut self, reason: CloseReason) {
        self.stage = Stage::Closed;
        self.round = None;
        self.outputs.push_back(Output::Close(reason));
    }

    /// Ends the session if it has failed.
    fn judged<T, E: std::error::Error>(
        &mut self,
        result: Result<T, SessionError<E>>,
    ) -> Result<T, SessionError<E>> {
        if let Err(error) = &result {
            let (code, text) = match error {
                SessionError::Peer(fault) => (fault.code(), fault.detail()),
                // What ails the replica is no matter of the peer's.
                SessionError::Holdings(_) => (GoodbyeCode::Failed, String::new()),
            };
            self.outputs.retain(|output| !matches!(output, Output::Send(_)));
            self.goodbye(code, text, CloseReason::Failed);
        }
        result
    }
}

/// What hello says of all that a side holds.
#[derive(Debug, Clone, Copy)]
struct HelloDigests {
    all: Digest,
    trust: Digest,
}

impl HelloDigests {
    fn of(digests: &BTreeMap<Space, Digest>) -> Self {
        let mut trust = digests.clone();
        trust.retain(|space, _| Carry::Trust.allows(space.channel));
        Self { all: digest_of(digests), trust: digest_of(&trust) }
    }

    /// Whether the two are equal in what the link carries.
    fn equal(self, other: Self, carry: Carry) -> bool {
        self.trust == other.trust && (carry == Carry::Trust || self.all == other.all)
    }
}

#[cfg(test)]
mod tests;
