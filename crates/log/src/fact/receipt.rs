//! Receipts: what a hub durably holds, and since when.

use linli_wire::{DecodeError, LogId, Reader, Writer, limits::FIELD_BYTES_MAX};

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

impl Receipt {
    /// Logs that one receipt entry can name.
    pub const LOGS_MAX: usize = FACT_LOGS_MAX / 8;
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
