//! One session with one peer, as a state machine: what to send, what to store, when both are done.
//!
//! A [`Session`] has no clock, no socket and no randomness; it reaches the replica through
//! [`Holdings`]. Whatever happens is given to [`Session::handle`]; after each, or whenever the
//! transport has room, [`Session::poll_output`] is called until it returns `None`. Segments to push
//! are read only when they are asked for, so a slow link costs no memory.
//!
//! ```text
//! loop {
//!     for each frame that waits:   session.handle(Input::Frame(frame), &mut replica)?
//!     when none waits:             session.handle(Input::Flush, &mut replica)?
//!     while the link has room, poll_output:
//!         Output::Send(frame)      give it to the link
//!         Output::Stored { batch } remember it (materialise, write a receipt) …
//!         Output::Close(reason)    end the link; nothing follows
//!     when poll_output is through: … and answer it: Input::Answered { batch, added }
//!     when entries were added here by anyone else: session.handle(Input::Changed, &mut replica)?
//! }
//! ```
//!
//! A session does not settle before every [`Output::Stored`] was answered. So a receipt that is
//! written for it reaches the peer before the session ends. [`Session::awaits_answer`] tells when
//! nothing else is left to wait for, for a node that writes one receipt a round.
//!
//! # The protocol
//!
//! Each message is a deterministic CBOR array in one frame ([`Message`]); the first item is its tag.
//! `space` stands for two items, `unit: text, channel: uint` (1 records, 2 oversight, 3 notices);
//! `head` is `[seq: uint, hash: bytes 32]`.
//!
//! | tag | message | items after the tag | lane |
//! |---|---|---|---|
//! | 0 | hello | `version: uint, realm: bytes 32, mine: [* text], theirs: [* text], digest: bytes 32, trust digest: bytes 32, carry: uint, program: text` | control |
//! | 1 | digests | `[* [space, digest: bytes 32]], more: bool` | control |
//! | 2 | frontiers | `[* [space, [+ [log: bytes 32, [+ head]]]]], more: bool` | control |
//! | 3 | segment | `compact segment: bytes` | trust, recent or bulk |
//! | 4 | pushed | `segments: uint` | bulk |
//! | 5 | declined | `log: bytes 32 / null, seq: uint, lasting: bool, reason: text` | control |
//! | 6 | settled | `digest: bytes 32, more: bool` | control |
//! | 7 | goodbye | `code: uint, text: text` | control |
//! | 8 | wants | none: the sender will ask for attachments | control |
//! | 9 | want | `sha256: bytes 32, from: uint, max: uint` | control |
//! | 10 | piece | `sha256: bytes 32, from: uint, bytes` | attachments |
//! | 11 | lacks | `sha256: bytes 32` | control |
//! | 12 | fetched | none: the sender asks for no more | control |
//!
//! Goodbye codes: 0 done, 1 other realm, 2 other version, 3 misbehaved, 4 malformed, 5 failed.
//!
//! 1. Both sides say **hello** at once, with the units that each takes itself and the other to stand
//!    for. A space is shared if a unit of each side reads it, by what both say and by the moves of units
//!    that each knows; what only one side takes to be shared is passed over. Where both say the same and the
//!    digests agree, the session has settled.
//!    Hello also says what the link may carry, 0 all, 1 no bulk, 2 trust; the greater of both counts. Without
//!    bulk, a log in `records` of which the peer lacks more than [`limits::RECENT_BYTES_MAX`] waits for another
//!    link. Trust shares `notices` and `oversight` alone, and compares *trust digest*, which is over those.
//! 2. Else both send the **digests** of all shared spaces that they hold anything of, in pages, ordered
//!    by space; then the **frontiers** of those that differ or that the other lacks, in pages, ordered
//!    by space and log. A space may go on in the next page. A frontier matches its digest.
//! 3. **Rounds** follow. In a round each side sends segments, then *pushed*, with how many there were.
//!    The acceptor sends its *pushed* after it has the dialler's and has stored and answered all before
//!    it: its receipts go in the same round. A log of which the peer has a head that is unknown here
//!    waits for the peer's *pushed*: the peer may simply be ahead.
//! 4. A side that has both *pushed* and has stored and answered everything says **settled**, with its
//!    digest over all shared spaces, and whether it has more. If either has, another round follows;
//!    else the session has settled. It is then idle, until either side opens a round with a segment.
//! 5. What is not stored is answered **declined**, once a log, and the log is left alone from then on. Where the
//!    refusal is lasting, both sides remember it and leave the log out of what they compare, until the side
//!    that declined runs another program.
//! 6. Whenever the session has settled, and the link carries all, a side may ask for attachments that documents
//!    in shared spaces name. It says **wants** before its *settled* or when it comes to want any, then **want**
//!    for one piece at a time, and **fetched** when it wants no more. The answer is a **piece** of at most `max`
//!    and 256 KiB, or **lacks**, also where no document that both may read names the file.
//! 7. A side that does not linger says **goodbye** once settled and neither side wants more. So does one that
//!    finds a fault.
//!
//! A transport may let frames in an urgent lane overtake others; within a lane order is kept. All
//! segments of a log go in one lane within a round, *pushed* goes in the last lane, and no round begins
//! before both sides' *settled*, so that segments of two rounds are never under way together.

mod compare;
mod error;
mod holdings;
pub mod limits;
mod message;
mod peer;
mod push;
mod session;
mod shared;

pub use error::{Incompatible, Misbehaved, PeerFault, SessionError};
pub use holdings::{Holdings, Kept, Missing, Stored};
pub use message::{Carry, GoodbyeCode, Hello, Message};
pub use session::{CloseReason, Config, Counts, Input, Output, Role, Session, Side};
