//! A session under any sequence of input.

use linli_sync::{Carry, Config, Input, Output, Role, Session};
use linli_wire::{Arrangement, Frame, Lane, RealmId};

use crate::shelf::{Shelf, unit};

pub(crate) const REALM: RealmId = RealmId([1; 32]);
pub(crate) const HUB: &str = "3211/02/001";
pub(crate) const COMMUNITY: &str = "3211/02/001/001";
/// Outputs that may follow one input; a session that goes on beyond them goes on for ever.
const OUTPUTS_MAX: usize = 10_000;

/// The bytes are a script: a first byte with bits for the role and for lingering, then one input after
/// another: 0–3 a frame in that lane, its length in two bytes (big-endian) and its body; 4 *flush*;
/// 5 *changed*; 6 *answered* with the batch in one byte; 7 *finish*. Whatever the peer does, the
/// session comes to rest, and says nothing once it is over.
pub fn session(bytes: &[u8]) {
    let Some((first, mut rest)) = bytes.split_first() else { return };
    let mut shelf = Shelf::with_one_log();
    let mut session = Session::new(Config {
        realm: REALM,
        mine: vec![unit(HUB)],
        theirs: vec![unit(COMMUNITY)],
        arrangement: Arrangement::default(),
        role: if first & 1 == 0 { Role::Acceptor } else { Role::Dialler },
        linger: first & 2 != 0,
        carry: if first & 4 == 0 { Carry::All } else { Carry::Trust },
        program: "linli".to_owned(),
    });
    while let Some(input) = next_input(&mut rest) {
        // An error is a fault of the peer's or of the shelf, which has none.
        let _ = session.handle(input, &mut shelf);
        settle(&mut session, &mut shelf);
    }
}

fn settle(session: &mut Session, shelf: &mut Shelf) {
    for _ in 0..OUTPUTS_MAX {
        let was_over = session.is_closed();
        match session.poll_output(shelf) {
            Ok(None) => return,
            Ok(Some(Output::Close(_))) => {
                assert!(matches!(session.poll_output(shelf), Ok(None)), "nothing follows the close");
                return;
            }
            Ok(Some(_)) | Err(_) => {
                assert!(!was_over || session.is_closed(), "a session that is over stays so");
            }
        }
    }
    panic!("the session does not come to rest");
}

fn next_input(rest: &mut &[u8]) -> Option<Input> {
    let (op, after) = rest.split_first()?;
    *rest = after;
    Some(match op {
        0..=3 => {
            let (len, after) = rest.split_first_chunk::<2>()?;
            let (body, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
            *rest = after;
            Input::Frame(Frame { lane: Lane::from_code(*op).expect("a lane"), body: body.to_vec() })
        }
        4 => Input::Flush,
        5 => Input::Changed,
        6 => {
            let (batch, after) = rest.split_first()?;
            *rest = after;
            Input::Answered { batch: u64::from(*batch), added: batch & 1 == 1 }
        }
        _ => Input::Finish,
    })
}
