//! A simulated link: frames on their way, in lanes that overtake each other, until it is cut.
//!
//! It keeps what the transports promise and nothing more: within a lane frames arrive whole and in order; a
//! link that breaks loses what had not arrived, in the middle of a frame too, and each side learns of it in
//! its own time. Lost and reordered packets show as delay. Where UDP is blocked, the link takes three
//! seconds longer to come about, and no lane overtakes another.

use std::collections::VecDeque;

use linli_disk::Chance;
use linli_node::Dialogue;
use linli_wire::{Frame, Lane, TimeMs, frame::FRAME_HEAD_BYTES};

use crate::hostile::Mangler;

/// Bytes that are under way in one direction before the sender has to wait.
const WINDOW_BYTES: u64 = 64 << 10;
/// A stall lasts no longer.
const STALL_MS: u64 = 600_000;
const LANES: usize = Lane::ALL.len();

/// What one link is like.
#[derive(Debug, Clone, Copy)]
pub struct Quality {
    pub latency_ms: u64,
    pub bytes_per_ms: u64,
    /// Once in so many frames, one is late.
    pub late_one_in: u64,
    /// Bytes, of both directions, after which it is cut.
    pub cut_after: Option<u64>,
    /// No lane overtakes another.
    pub tcp: bool,
}

impl Quality {
    /// A link as good as they come.
    pub const GOOD: Self =
        Self { latency_ms: 1, bytes_per_ms: 10_000, late_one_in: u64::MAX, cut_after: None, tcp: false };

    /// A link of the kind that there is.
    pub fn draw(chance: &mut Chance) -> Self {
        let cut = |chance: &mut Chance| match chance.below(3) {
            0 => chance.below(1_500),
            1 => chance.below(20_000),
            _ => chance.below(200_000),
        };
        Self {
            latency_ms: 5 + chance.below(400),
            bytes_per_ms: 1 + chance.below(500),
            late_one_in: 10 + chance.below(200),
            cut_after: chance.one_in(4).then(|| cut(chance)),
            tcp: chance.one_in(4),
        }
    }
}

/// One side of a link.
#[derive(Debug)]
pub struct End {
    pub machine: usize,
    /// The start of the machine that it belongs to.
    pub boot: u64,
    /// `None` once this side is through.
    pub dialogue: Option<Dialogue>,
    /// What becomes of its frames where its owner is hostile.
    pub mangler: Option<Mangler>,
    /// Frames on their way to this side, by lane.
    coming: [VecDeque<(TimeMs, Frame)>; LANES],
    /// When the last frame of each lane arrives.
    last: [TimeMs; LANES],
    coming_bytes: u64,
}

impl End {
    pub fn new(machine: usize, boot: u64, dialogue: Dialogue, mangler: Option<Mangler>) -> Self {
        let (coming, last) = (Default::default(), [TimeMs(0); LANES]);
        Self { machine, boot, dialogue: Some(dialogue), mangler, coming, last, coming_bytes: 0 }
    }

    /// What has arrived by now, the most urgent first.
    pub fn take(&mut self, now: TimeMs) -> Vec<Frame> {
        let mut taken = Vec::new();
        for lane in &mut self.coming {
            while lane.front().is_some_and(|(at, _)| *at <= now) {
                let (_, frame) = lane.pop_front().expect("it was just seen");
                self.coming_bytes -= bytes(&frame);
                taken.push(frame);
            }
        }
        taken
    }
}

#[derive(Debug)]
pub struct Link {
    /// The dialler first.
    pub ends: [End; 2],
    pub quality: Quality,
    /// The dialler stays on it once everything is said.
    pub linger: bool,
    sent: u64,
    pub cut: bool,
    /// One side failed for a reason that is no fault of Linli's.
    pub excused: bool,
    pub frames: u64,
}

impl Link {
    pub fn new(dialler: End, acceptor: End, quality: Quality, linger: bool) -> Self {
        Self { ends: [dialler, acceptor], quality, linger, sent: 0, cut: false, excused: false, frames: 0 }
    }

    /// Whether this side may send more now.
    pub fn has_room(&self, side: usize) -> bool {
        self.ends[1 - side].coming_bytes < WINDOW_BYTES
    }

    /// Sends a frame from this side. Returns when it arrives; `None` where the link is cut before.
    pub fn send(&mut self, side: usize, frame: Frame, now: TimeMs, chance: &mut Chance) -> Option<TimeMs> {
        if self.cut {
            return None;
        }
        self.frames += 1;
        self.sent += bytes(&frame);
        if self.quality.cut_after.is_some_and(|limit| self.sent > limit) {
            self.cut = true;
            return None;
        }
        let Quality { latency_ms, bytes_per_ms, late_one_in, tcp, .. } = self.quality;
        let end = &mut self.ends[1 - side];
        let lane = frame.lane.code() as usize;
        let delay = if chance.one_in(late_one_in) { chance.below(STALL_MS) } else { 0 };
        // What is more urgent may overtake; nothing else does.
        let before = if tcp { end.last.iter().max() } else { end.last[..=lane].iter().max() };
        let begun = TimeMs(now.0 + latency_ms as i64).max(before.copied().unwrap_or(now));
        let arrives = TimeMs(begun.0 + (delay + bytes(&frame) / bytes_per_ms) as i64);
        end.last[lane] = arrives;
        end.coming_bytes += bytes(&frame);
        end.coming[lane].push_back((arrives, frame));
        Some(arrives)
    }
}

fn bytes(frame: &Frame) -> u64 {
    (frame.body.len() + FRAME_HEAD_BYTES) as u64
}
