//! Receipts: what a hub durably holds, and since when.

use linli_wire::{
    DecodeError, LogId, Reader, Writer,
    limits::{FIELD_BYTES_MAX, HEADER_BYTES_MAX},
};

use super::{Body, FACT_LOGS_MAX, LogHeads};
use crate::frontier::Head;

/// What a hub says of what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeldState {
    Held,
    /// Stored, but nothing from this sequence number on has an effect.
    Quarantined {
        from_seq: u64,
        why: String,
    },
}

/// One log in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptState {
    pub heads: LogHeads,
    pub state: HeldState,
}

/// A hub durably holds these logs up to these heads, at the time of the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub logs: Vec<ReceiptState>,
    /// The latest checkpoint of the hub's parent that the hub knows: bounds back-dating.
    pub heartbeat: Option<(LogId, Head)>,
}

/// Bytes of the logs in one receipt that [`Receipt::packed`] makes: what a header holds, less its other parts.
const PACKED_BYTES_MAX: usize = HEADER_BYTES_MAX - 1024;
/// Bytes of a reason that is worth repeating in every receipt.
const WHY_BYTES_MAX: usize = 512;

impl Receipt {
    /// Distributes what is to be said of logs over lists that fit one receipt each. Long reasons are clipped.
    pub fn packed(states: Vec<ReceiptState>) -> Vec<Vec<ReceiptState>> {
        let mut lists: Vec<Vec<ReceiptState>> = Vec::new();
        let mut left = 0;
        for mut state in states {
            if let HeldState::Quarantined { why, .. } = &mut state.state {
                why.truncate(why.floor_char_boundary(WHY_BYTES_MAX));
            }
            let bytes = state.bytes_max();
            if lists.is_empty() || bytes > left || lists.last().is_some_and(|l| l.len() == FACT_LOGS_MAX) {
                lists.push(Vec::new());
                left = PACKED_BYTES_MAX;
            }
            left = left.saturating_sub(bytes);
            lists.last_mut().expect("one was just added if there was none").push(state);
        }
        lists
    }
}

impl ReceiptState {
    /// No encoding of it is longer.
    fn bytes_max(&self) -> usize {
        let why = match &self.state {
            HeldState::Held => 0,
            HeldState::Quarantined { why, .. } => why.len() + 16,
        };
        48 + 44 * self.heads.heads.len() + why
    }
}

impl Body for Receipt {
    fn write(&self, w: &mut Writer) {
        w.array(2).array(self.logs.len());
        for log in &self.logs {
            w.array(2);
            log.heads.write(w);
            match &log.state {
                HeldState::Held => w.null(),
                HeldState::Quarantined { from_seq, why } => w.array(2).uint(*from_seq).text(why),
            };
        }
        match &self.heartbeat {
            Some((log, head)) => {
                w.array(2).bytes(log.as_bytes());
                head.write(w);
            }
            None => {
                w.null();
            }
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array_of(2)?;
        let count = r.array("logs in a receipt", FACT_LOGS_MAX)?;
        let mut logs = Vec::with_capacity(count);
        for _ in 0..count {
            r.array_of(2)?;
            let heads = LogHeads::read(r)?;
            let state = if r.null()? {
                HeldState::Held
            } else {
                r.array_of(2)?;
                let from_seq = r.uint()?;
                HeldState::Quarantined { from_seq, why: r.text("a reason", FIELD_BYTES_MAX)?.to_owned() }
            };
            logs.push(ReceiptState { heads, state });
        }
        let heartbeat = if r.null()? {
            None
        } else {
            r.array_of(2)?;
            Some((LogId(r.bytes_of()?), Head::read(r)?))
        };
        Ok(Self { logs, heartbeat })
    }
}
