//! Whatever comes from outside, no more memory is taken than a named limit: measured, by an allocator that
//! counts.
//!
//! One test, because every thread of this program counts towards the same sum.

use linli_fuzz::{TARGETS, seeds, targets};
use linli_log::{ChangeParts, compact};
use linli_sync::Message;
use linli_wire::{
    Channel, Digest, LogId, Space,
    limits::{COMPACT_BYTES_MAX, FRAME_BYTES_MAX, MESSAGE_SPACES_MAX, SEGMENT_BYTES_MAX},
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a decoder may take for one input: what it came from, what it makes, and the tables of both.
const DECODER_BYTES_MAX: usize = 16 * SEGMENT_BYTES_MAX;
/// What a session may take beside what it was given: queues and tables, each with a limit of its own.
const SESSION_BYTES_MAX: usize = 64 << 20;
/// Frames of a flood.
const FLOOD_FRAMES: usize = 20_000;

/// The most memory beside what was there before, in bytes.
fn taken(run: impl FnOnce()) -> usize {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    run();
    MEMORY.peak_usage().saturating_sub(before)
}

fn within(limit: usize, name: &str, run: impl FnOnce()) {
    let taken = taken(run);
    assert!(taken <= limit, "{name}: {taken} bytes, more than {limit}");
}

#[test]
fn nothing_from_outside_takes_more_memory_than_its_limit() {
    assert!(taken(|| drop(vec![1_u8; 1 << 20])) >= 1 << 20, "the allocator counts");
    every_good_input();
    bombs();
    lengths_that_promise_much();
    changes_of_millions_of_operations();
    floods();
}

fn every_good_input() {
    let seeds = seeds();
    for target in TARGETS {
        for input in seeds.get(target.name).into_iter().flatten() {
            within(DECODER_BYTES_MAX, target.name, || (target.run)(input));
        }
    }
}

/// A number as the formats here write it.
fn uleb(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// A few bytes that zstd unpacks into many.
fn bombs() {
    for (holds, declares) in [
        (1 << 30, 1 << 30),
        (1 << 30, SEGMENT_BYTES_MAX as u64),
        (SEGMENT_BYTES_MAX as u64, SEGMENT_BYTES_MAX as u64),
        (1 << 30, 0),
    ] {
        let zeros = zstd::bulk::compress(&vec![0; holds as usize], 3).expect("compressing memory");
        for head in [vec![1], vec![2, 0, 0], vec![2, 1, 0]] {
            let bomb = [head, uleb(declares), zeros.clone()].concat();
            within(DECODER_BYTES_MAX, "a bomb", || {
                assert!(compact::decode(&bomb).is_err());
                targets::compact(&bomb);
            });
        }
    }
    within(DECODER_BYTES_MAX, "a compact segment beyond its limit", || {
        assert!(compact::decode(&vec![2; COMPACT_BYTES_MAX + 1]).is_err());
    });
}

/// Counts and lengths of which nothing follows.
fn lengths_that_promise_much() {
    let huge = [0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff];
    let long = [0x5b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff];
    for promise in [&huge[..], &long, &[0x9a, 0xff, 0xff, 0xff, 0xff], &[0x5a, 0x7f, 0xff, 0xff, 0xff]] {
        for before in
            [&[][..], &[0x84, 1], &[0x88, 1, 0xf6, 0, 0xf6, 1, 0], &[0x83, 2], &[0x85, 0x6f, 0x4a, 0x83]]
        {
            let input = [before, promise, &[0; 64]].concat();
            for target in TARGETS {
                within(DECODER_BYTES_MAX, target.name, || (target.run)(&input));
            }
        }
    }
    for len in [FRAME_BYTES_MAX as u32, FRAME_BYTES_MAX as u32 + 2, u32::MAX] {
        let input = [&len.to_be_bytes()[..], &[0; 16]].concat();
        within(DECODER_BYTES_MAX, "a frame that is only announced", || targets::frames(&input));
    }
}

/// A change whose runs stand for so many operations is refused before any of them is made.
fn changes_of_millions_of_operations() {
    let good = &seeds()["change"][0];
    let parts = ChangeParts::parse(good).expect("a good change");
    for count in [20_001, 1_000_000, 1 << 31, 1 << 60] {
        let signed = |count: i64| {
            let mut out = Vec::new();
            let mut rest = count;
            while rest > 63 {
                out.push((rest & 0x7f) as u8 | 0x80);
                rest >>= 7;
            }
            out.push(rest as u8);
            out
        };
        let run = |value: &[u8]| [signed(count), value.to_vec()].concat();
        let columns = [
            (0x15, run(b"\x05phone")),
            (0x34, uleb(count as u64)),
            (0x42, run(&[1])),
            (0x56, run(&[0x16])),
            (0x70, run(&[0])),
        ];
        let columns = columns.iter().map(|(spec, data)| (*spec, data.as_slice())).collect();
        let many = ChangeParts { columns, ..parts.clone() }.build();
        within(1 << 20, "a change of many operations", || targets::change(&many));
        let unsummed = [&many[..4], &many[8..]].concat();
        // Vetting first makes the document that the change is for.
        within(4 << 20, "vetting a change of many operations", || targets::vetting(&unsummed));
    }
}

/// The same frames over and over, and pages without end.
fn floods() {
    let unit = "3211/02/001/001".parse().expect("a path");
    let space = Space::new(unit, Channel::Records);
    let page: Vec<(Space, Digest)> = (0..MESSAGE_SPACES_MAX.min(900))
        .map(|n| {
            let path = format!("3211/02/001/{:03}", n + 1).parse().expect("a path");
            (Space::new(path, Channel::Records), Digest([n as u8; 32]))
        })
        .collect();
    let file = Digest([3; 32]);
    let garbage = Message::Segment { lane: linli_wire::Lane::Bulk, bytes: vec![1; 60_000] };
    let declined =
        Message::Declined { log: Some(LogId([1; 32])), seq: 1, lasting: false, reason: "no".repeat(100) };
    let messages = [
        Message::Digests { spaces: page, more: true },
        Message::Digests { spaces: vec![(space, Digest([1; 32]))], more: true },
        Message::Frontiers { spaces: vec![], more: true },
        garbage,
        declined,
        Message::Pushed { segments: 0 },
        Message::Settled { digest: Digest([0; 32]), more: true },
        Message::Wants,
        Message::Want { file, from: 0, bytes_max: u64::MAX },
        Message::Piece { file, from: 0, bytes: vec![1; 60_000] },
        Message::Lacks { file },
        Message::Fetched,
    ];
    let good = &seeds()["session"][0];
    // What the peer says first, and what it says until its segments.
    let beginnings = [after(good, 1), after(good, 3)];
    for message in messages {
        let frame = message.encode();
        let mut one = vec![frame.lane.code().min(3)];
        one.extend_from_slice(&(frame.body.len() as u16).to_be_bytes());
        one.extend_from_slice(&frame.body);
        let times = FLOOD_FRAMES.min((64 << 20) / one.len());
        for beginning in &beginnings {
            let script = [beginning.clone(), one.repeat(times)].concat();
            within(SESSION_BYTES_MAX, &format!("a flood of {message:.60?}"), || targets::session(&script));
        }
    }
}

/// The first byte of a script and its first so many frames, with what stands between them.
fn after(script: &[u8], frames: usize) -> Vec<u8> {
    let (mut at, mut left) = (1, frames);
    while left > 0 {
        match script[at] {
            0..=3 => {
                at += 3 + usize::from(u16::from_be_bytes([script[at + 1], script[at + 2]]));
                left -= 1;
            }
            6 => at += 2,
            _ => at += 1,
        }
    }
    script[..at].to_vec()
}
