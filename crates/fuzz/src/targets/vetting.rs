//! What vetting lets through, Automerge takes.

use std::sync::LazyLock;

use automerge::{Automerge, Change, ReadDoc, SaveOptions};
use linli_log::{ChangeParts, DocumentGraph};
use linli_wire::LogId;
use sha2::{Digest, Sha256};

use crate::seeds::card;

const MAGIC_AND_CHECKSUM_BYTES: usize = 8;

/// The bytes are a change chunk from its type on; magic and checksum are put before them, since no
/// mutation would ever hit on a checksum. The change is vetted against a household card as if it came
/// in the log that its actor names. If it may be applied, it is written as Automerge itself writes it,
/// it applies, whole, and the document can be saved and loaded.
pub fn vetting(bytes: &[u8]) {
    static CARD: LazyLock<Automerge> = LazyLock::new(|| card().document);
    let chunk = with_checksum(bytes);
    let Ok(parts) = ChangeParts::parse(&chunk) else { return };
    let mut log = LogId([7; LogId::LEN]);
    let known = parts.actor.len().min(10);
    log.0[..known].copy_from_slice(&parts.actor[..known]);
    let Ok(vetted) = DocumentGraph::of(&CARD).vet(log, &chunk) else { return };
    let again = Change::from(vetted.change.decode());
    assert_eq!(again.raw_bytes(), chunk, "a vetted change is written as Automerge writes it");
    let mut document = CARD.clone();
    document.apply_changes([vetted.change.clone()]).expect("a vetted change applies");
    assert!(
        document.get_change_by_hash(&vetted.change.hash()).is_some(),
        "a vetted change waits for nothing"
    );
    let saved = document.save_with_options(SaveOptions { deflate: false, retain_orphans: false });
    let loaded = Automerge::load(&saved).expect("a document with a vetted change can be loaded");
    assert_eq!(loaded.get_heads(), document.get_heads(), "a document comes back as it was saved");
}

/// The chunk whose bytes from its type on are these.
fn with_checksum(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(MAGIC_AND_CHECKSUM_BYTES + bytes.len());
    chunk.extend_from_slice(&[0x85, 0x6f, 0x4a, 0x83]);
    chunk.extend_from_slice(&Sha256::digest(bytes)[..4]);
    chunk.extend_from_slice(bytes);
    chunk
}

/// What [`vetting`] takes for this chunk.
pub(crate) fn without_checksum(chunk: &[u8]) -> Vec<u8> {
    chunk[MAGIC_AND_CHECKSUM_BYTES..].to_vec()
}
