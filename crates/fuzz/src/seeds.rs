//! Good inputs, made anew in every run: what mutations start from.

use automerge::{ActorId, Automerge, ReadDoc, transaction::CommitOptions};
use linli_log::{
    Access, Alias, Checkpoint, CheckpointPurpose, DeviceSecret, Draft, DraftChange, Entry, Erase, Genesis,
    Grant, Head, HeldState, Kind, LogHeads, LogWriter, RawSegment, Receipt, ReceiptState, Revoke, Right,
    Rights, Rotate, SpaceFrontier,
    author::seal_segment,
    compact,
    fact::{Body, Changes},
};
use linli_model::{Edit, Value, apply, kind, new_document};
use linli_sync::{Carry, GoodbyeCode, Hello, Message};
use linli_wire::{Channel, Digest, DocId, EntryHash, Lane, LogId, Space, TimeMs, Writer};

use crate::{
    Inputs,
    shelf::unit,
    targets::{COMMUNITY, HUB, REALM, without_checksum},
};

const NOW: TimeMs = TimeMs(1_795_400_000_000);

/// Good inputs for every target that has any of its own.
pub fn seeds() -> Inputs {
    let raw = raw_segments();
    let frames: Vec<Vec<u8>> = conversation().iter().map(|message| message.encode().encode()).collect();
    let chunks = card().chunks;
    let mut seeds = Inputs::new();
    seeds.insert("change", chunks.clone());
    seeds.insert("compact", logs().concat());
    seeds.insert("fact", facts());
    seeds.insert("frames", [frames.clone(), vec![frames.concat()]].concat());
    seeds.insert("frontier", vec![frontier_bytes()]);
    seeds.insert("header", raw.iter().flat_map(|s| &s.entries).map(|e| e.header_bytes().to_vec()).collect());
    seeds.insert("segment", raw.iter().map(RawSegment::encode).collect());
    seeds.insert("session", vec![script(0), script(1), script(2), script(3), script(6)]);
    seeds.insert("vetting", chunks.iter().map(|chunk| without_checksum(chunk)).collect());
    seeds.insert("workbook", vec!["姓名,身份证号\n张三,11010519491231002X\n".into()]);
    seeds
}

/// A household card, and the raw chunks of the changes that would come next.
pub(crate) struct Card {
    pub document: Automerge,
    pub chunks: Vec<Vec<u8>>,
}

pub(crate) fn card() -> Card {
    let mut document = new_document(&kind::HOUSEHOLD);
    let text = |text: &str| Some(Value::from(text));
    let visit = "0190a0b0c0d070008000000000000001";
    let first =
        [Edit::document("card_no", text("321102004001-00001")), Edit::document("phone", text("6138"))];
    edit(&mut document, &first);
    let mut next = document.clone();
    let chunks = [
        vec![Edit::document("phone", text("6139"))],
        vec![
            Edit::document("address", text("解放路 1 号")),
            Edit::document("low_income", Some(Value::Int(1))),
        ],
        vec![Edit::item("visits", visit, "day", text("2026-11-02"))],
        vec![Edit::item("visits", visit, "result", text("在家")), Edit::document("phone", None)],
    ];
    Card { chunks: chunks.iter().map(|edits| edit(&mut next, edits)).collect(), document }
}

/// Makes a change and gives its raw chunk.
fn edit(document: &mut Automerge, edits: &[Edit]) -> Vec<u8> {
    let actor = ActorId::from([7; 16]);
    let first = document.get_changes_meta(&[]).iter().all(|meta| *meta.actor != actor);
    document.set_actor(actor);
    let mut transaction = document.transaction();
    apply(&mut transaction, &kind::HOUSEHOLD, edits).expect("the edits fit the kind");
    let mut options = CommitOptions::default().with_time(0);
    if first {
        options = options.with_message("AAECAwQFBgcICQoLDA0ODw".to_owned());
    }
    let (hash, _) = transaction.commit_with(options);
    let change = hash.and_then(|hash| document.get_change_by_hash(&hash));
    change.expect("the edits change something").raw_bytes().to_vec()
}

/// Two logs of a community's records, each as compact segments of a few entries.
pub(crate) fn logs() -> Vec<Vec<Vec<u8>>> {
    let packed = |raw: &RawSegment| compact::encode(raw, compact::LEVEL_FAST);
    raw_segments().chunks(2).map(|log| log.iter().map(packed).collect()).collect()
}

/// Two logs of two segments each.
fn raw_segments() -> Vec<RawSegment> {
    let mut segments = Vec::new();
    for seed in [1, 2] {
        let secret = DeviceSecret::from_seed(&[seed; 32]);
        let genesis = Genesis {
            device: secret.device(),
            space: Space::new(unit(COMMUNITY), Channel::Records),
            grant: Some(EntryHash([9; 32])),
            incarnation: [seed; 16],
            root: None,
        };
        let (mut writer, first) = LogWriter::begin(&genesis, NOW).expect("a genesis is an entry");
        let drafts = card().chunks.into_iter().map(|chunk| Draft {
            kind: Kind::Changes,
            body: Changes::default().encode(),
            changes: vec![DraftChange { document: DocId([seed; 16]), kind: 1, schema: 1, chunk }],
        });
        let entries: Vec<Entry> = std::iter::once(first)
            .chain(drafts.map(|draft| writer.append(draft, NOW).expect("a draft fits")).collect::<Vec<_>>())
            .collect();
        for run in entries.chunks(3) {
            segments.push(seal_segment(&secret, writer.log(), run.to_vec()).expect("a run has entries"));
        }
    }
    segments
}

fn frontier() -> SpaceFrontier {
    let mut frontier = SpaceFrontier::default();
    for segment in raw_segments() {
        let last = segment.entries.last().expect("a segment has entries");
        frontier.0.insert(segment.log, vec![Head { seq: last.header().seq, hash: last.hash() }]);
    }
    frontier
}

fn frontier_bytes() -> Vec<u8> {
    let mut writer = Writer::new();
    frontier().write(&mut writer);
    writer.finish()
}

/// One body of every kind, each behind the number of its kind.
fn facts() -> Vec<Vec<u8>> {
    let device = DeviceSecret::from_seed(&[3; 32]).device();
    let heads = LogHeads { log: LogId([4; 32]), heads: vec![Head { seq: 5, hash: EntryHash([6; 32]) }] };
    let text = || "reason".to_owned();
    let genesis = raw_segments()[0].genesis().expect("a genesis").expect("the log begins here");
    let grant = Grant {
        device,
        recipient: [8; 32],
        unit: unit(COMMUNITY),
        rights: Rights::of(&[Right::Records]),
        not_after: Some(NOW),
        label: text(),
    };
    let revoke = Revoke { device, cut: vec![heads.clone()], since_compromise: true, reason: text() };
    let state = HeldState::Quarantined { from_seq: 3, why: text() };
    let receipt = Receipt {
        logs: vec![ReceiptState { heads: heads.clone(), state }],
        heartbeat: Some((heads.log, heads.heads[0])),
    };
    let erase = Erase {
        channel: Channel::Records,
        document: DocId([2; 16]),
        residue: Some(DocId([3; 16])),
        reason: text(),
    };
    let access = Access {
        who: text(),
        why: text(),
        what: text(),
        unit: unit(COMMUNITY),
        documents: vec![DocId([1; 16])],
    };
    let checkpoint =
        Checkpoint { purpose: CheckpointPurpose::Heartbeat, frontier: Digest([1; 32]), note: text() };
    let rotate = Rotate { new_root: device, next_root: Digest([2; 32]) };
    let alias = Alias { unit: unit(COMMUNITY), now: unit("3211/02/002/001"), from_day: 20_000 };
    let bodies = [
        genesis.encode(),
        Changes::default().encode(),
        grant.encode(),
        revoke.encode(),
        receipt.encode(),
        erase.encode(),
        access.encode(),
        checkpoint.encode(),
        rotate.encode(),
        alias.encode(),
    ];
    bodies.into_iter().enumerate().map(|(kind, body)| [vec![kind as u8], body].concat()).collect()
}

/// What a community's device says to its hub.
fn conversation() -> Vec<Message> {
    let space = Space::new(unit(COMMUNITY), Channel::Records);
    let frontier = frontier();
    let second = logs()[1].clone();
    let pushed = second.len() as u64;
    let hello = Hello {
        realm: REALM,
        mine: vec![unit(COMMUNITY)],
        theirs: vec![unit(HUB)],
        digest: Digest([0; 32]),
        trust_digest: Digest([0; 32]),
        carry: Carry::All,
        program: "linli".to_owned(),
    };
    let mut messages = vec![
        Message::Hello(hello),
        Message::Digests { spaces: vec![(space.clone(), frontier.digest())], more: false },
        Message::Frontiers { spaces: vec![(space, frontier)], more: false },
    ];
    messages.extend(second.into_iter().map(|bytes| Message::Segment { lane: Lane::Recent, bytes }));
    messages.extend([
        Message::Pushed { segments: pushed },
        Message::Declined { log: None, seq: 0, reason: "no room".to_owned(), lasting: true },
        Message::Settled { digest: Digest([0; 32]), more: false },
        Message::Goodbye { code: GoodbyeCode::Done, text: String::new() },
    ]);
    messages
}

/// The conversation as a script for the session's target.
fn script(first: u8) -> Vec<u8> {
    let mut script = vec![first];
    for message in conversation() {
        let frame = message.encode();
        script.push(frame.lane.code());
        script.extend_from_slice(&(frame.body.len() as u16).to_be_bytes());
        script.extend_from_slice(&frame.body);
        script.extend_from_slice(&[4, 6, 1]);
    }
    script.extend_from_slice(&[5, 7]);
    script
}
