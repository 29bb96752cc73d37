//! One session between the two machines, as the node runs it.

use std::collections::VecDeque;

use linli_store::{Replica, StoreError};
use linli_sync::{Carry, Config, Input, Output, Role, Session, SessionError};
use linli_wire::{Arrangement, Frame};

use crate::world::{Machine, NOW, Who, World, unit};

/// Whether both held the same when the session settled; fails when a machine fails.
pub fn exchange(world: &mut World) -> Result<bool, StoreError> {
    let World { hub, device } = world;
    let mut ends = [End::new(Who::Device, device)?, End::new(Who::Hub, hub)?];
    let outcome = run(&mut ends);
    if outcome.is_err() {
        // What came whole before the link broke is kept, where the machine can.
        for end in &mut ends {
            let _ = end.keep();
        }
    }
    outcome
}

fn run(ends: &mut [End<'_>; 2]) -> Result<bool, StoreError> {
    for _ in 0..10_000 {
        let mut moved = false;
        for at in [0, 1] {
            ends[at].work()?;
            if let Some(frame) = ends[at].out.pop_front() {
                ends[1 - at].give(Input::Frame(frame))?;
                moved = true;
            }
        }
        if !moved {
            let [device, _] = ends;
            return Ok(device.settled == Some(true));
        }
    }
    panic!("the session does not come to rest");
}

struct End<'m> {
    who: Who,
    machine: &'m mut Machine,
    session: Session,
    out: VecDeque<Frame>,
    stored: Option<u64>,
    settled: Option<bool>,
}

impl<'m> End<'m> {
    fn new(who: Who, machine: &'m mut Machine) -> Result<Self, StoreError> {
        machine.replica.seal()?;
        machine.acknowledge()?;
        let role = if who == Who::Device { Role::Dialler } else { Role::Acceptor };
        let session = Session::new(Config {
            realm: machine.replica.realm().expect("both are of the realm"),
            mine: vec![unit(who.unit())],
            theirs: vec![unit(who.other().unit())],
            arrangement: Arrangement::default(),
            role,
            linger: role == Role::Acceptor,
            carry: Carry::default(),
            program: String::new(),
        });
        Ok(Self { who, machine, session, out: VecDeque::new(), stored: None, settled: None })
    }

    fn work(&mut self) -> Result<(), StoreError> {
        self.give(Input::Flush)?;
        self.poll()?;
        if self.session.awaits_answer() {
            let batch = self.stored.take().expect("what awaits an answer was stored");
            let added = self.settle_stored()?;
            self.give(Input::Answered { batch, added })?;
            self.poll()?;
        }
        Ok(())
    }

    fn poll(&mut self) -> Result<(), StoreError> {
        while let Some(output) = self.session.poll_output(&mut self.machine.replica).map_err(own)? {
            match output {
                Output::Send(frame) => self.out.push_back(frame),
                Output::Stored { batch, .. } => {
                    self.stored = Some(batch);
                    self.machine.acknowledge()?;
                }
                Output::Settled { equal, .. } => self.settled = Some(equal),
                Output::Declined { reason, .. } => panic!("{:?} declined: {reason}", self.who),
                Output::Attachment { .. } | Output::Close(_) => {}
            }
        }
        Ok(())
    }

    fn give(&mut self, input: Input) -> Result<(), StoreError> {
        self.session.handle(input, &mut self.machine.replica).map_err(own)
    }

    /// As the node: the effects of what was stored, and a hub's receipts for it.
    fn settle_stored(&mut self) -> Result<bool, StoreError> {
        let Machine { replica, .. } = self.machine;
        replica.materialise()?;
        let written = match self.who {
            Who::Hub => linli_node::write_receipts(replica, &unit(self.who.unit()), NOW)?,
            Who::Device => 0,
        };
        self.machine.acknowledge()?;
        Ok(written > 0)
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        self.give(Input::Flush)?;
        self.settle_stored().map(drop)
    }
}

/// The machine's own failure; a peer that misbehaved would be a failure of the test.
fn own(error: SessionError<<Replica as linli_sync::Holdings>::Error>) -> StoreError {
    match error {
        SessionError::Holdings(error) => error,
        SessionError::Peer(fault) => panic!("a peer is at fault: {fault}"),
    }
}
