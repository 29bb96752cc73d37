//! Writes what zstd packs of many small segments of invented work into a folder, a file each: what the
//! dictionary in `protocol/dictionary` is trained on. Its README has the commands.
//!
//! Three sorts: a clerk's work by the day (cards of one or a few households, visits, placements), a
//! community's import cut where a sync cut it, and cards that hold their members themselves. The same
//! program writes the same files.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use automerge::{ActorId, Automerge, ReadDoc as _, transaction::CommitOptions};
use linli_generate::{Community, Plan, Quality, community, later_edits};
use linli_log::{
    DeviceSecret, Draft, DraftChange, Genesis, Kind, LogWriter,
    author::seal_segment,
    compact,
    fact::{Body, Changes},
};
use linli_model::{Edit, Value, apply, kind, new_document};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Space, TimeMs, UnitPath};

/// The first day: 2026-03-02.
const DAY: i64 = 20_514;
const COMMUNITIES: u64 = 24;

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb)
    }

    fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 8) % bound
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| (self.next() >> 16) as u8)
    }
}

/// A device at work: its log and the documents that it has.
struct Desk {
    secret: DeviceSecret,
    writer: LogWriter,
    actor: ActorId,
    documents: BTreeMap<DocId, Automerge>,
    time: i64,
    open: Vec<linli_log::Entry>,
    dice: Dice,
}

impl Desk {
    fn new(unit: &UnitPath, number: u64) -> Self {
        let mut dice = Dice(number);
        let secret = DeviceSecret::from_seed(&dice.bytes());
        let genesis = Genesis {
            device: secret.device(),
            space: Space::new(unit.clone(), Channel::Records),
            grant: Some(linli_wire::EntryHash(dice.bytes())),
            incarnation: dice.bytes(),
            root: None,
        };
        let time = TimeMs::start_of_day(DAY).0 + 9 * 3_600_000;
        let (writer, entry) = LogWriter::begin(&genesis, TimeMs(time)).expect("a genesis is an entry");
        let actor = ActorId::from([&writer.log().0[..10], &dice.bytes::<6>()].concat());
        Self { secret, writer, actor, documents: BTreeMap::new(), time, open: vec![entry], dice }
    }

    /// One entry of these edits.
    fn write(&mut self, documents: &[DocumentEdits]) {
        let changes: Vec<DraftChange> = documents.iter().filter_map(|edits| self.change(edits)).collect();
        if changes.is_empty() {
            return;
        }
        self.time += 1000 + self.dice.below(90_000) as i64;
        let draft = Draft { kind: Kind::Changes, body: Changes::default().encode(), changes };
        let entry = self.writer.append(draft, TimeMs(self.time)).expect("a household fits an entry");
        self.open.push(entry);
    }

    fn change(&mut self, edits: &DocumentEdits) -> Option<DraftChange> {
        let document = self.documents.entry(edits.id).or_insert_with(|| new_document(edits.kind));
        let first = !document.get_changes_meta(&[]).iter().any(|meta| *meta.actor == self.actor);
        document.set_actor(self.actor.clone());
        let mut transaction = document.transaction();
        apply(&mut transaction, edits.kind, &edits.edits).expect("invented edits fit");
        let mut options = CommitOptions::default().with_time(0);
        if first {
            let salt = data_encoding::BASE64URL_NOPAD.encode(&self.dice.bytes::<16>());
            options = options.with_message(salt);
        }
        let (hash, _) = transaction.commit_with(options);
        let chunk = document.get_change_by_hash(&hash?)?.raw_bytes().to_vec();
        let (kind, schema) = (u64::from(edits.kind.code), u64::from(edits.kind.schema));
        Some(DraftChange { document: edits.id, kind, schema, chunk })
    }

    /// What a sync would send now.
    fn sync(&mut self) -> Option<Vec<u8>> {
        let segment = seal_segment(&self.secret, self.writer.log(), std::mem::take(&mut self.open))?;
        Some(compact::streams(&segment))
    }
}

/// A card with members and visits of its own, and a change of it.
fn card(dice: &mut Dice) -> Vec<Vec<DocumentEdits>> {
    let id = DocId(dice.bytes());
    let text = |field: &str, value: String| Edit::document(field, Some(Value::from(value)));
    let day = |dice: &mut Dice| format!("2026-{:02}-{:02}", 1 + dice.below(12), 1 + dice.below(28));
    let phone = |dice: &mut Dice| format!("13{:09}", dice.below(1_000_000_000));
    let address =
        |dice: &mut Dice| format!("人民路{}号{}幢{}室", dice.below(300), dice.below(30), dice.below(900));
    let visit = |dice: &mut Dice| {
        let key = DocId(dice.bytes()).to_string();
        let field = |name, value: String| Edit::item("visits", &key, name, Some(Value::from(value)));
        let how = ["home", "phone", "office"][dice.below(3) as usize].to_owned();
        vec![
            field("day", day(dice)),
            field("how", how),
            field("result", "家中无人".to_owned()),
            field("visitor", "王芳".to_owned()),
        ]
    };
    let members: Vec<String> = (0..3).map(|_| DocId(dice.bytes()).to_string()).collect();
    let mut made = vec![
        text("card_no", format!("3211020010{:07}", dice.below(10_000_000))),
        text("kind", "1".to_owned()),
        text("state", "1".to_owned()),
        text("head", members[0].clone()),
        text("dwelling", format!("{}-{}-{:03}", dice.below(40), dice.below(6), dice.below(999))),
        text("registered_address", address(dice)),
        text("address", address(dice)),
        text("phone", phone(dice)),
        Edit::document("low_income", Some(Value::from(dice.below(2) as i64))),
        text("opened", day(dice)),
        text("verified", day(dice)),
        text("verified_by", "王芳".to_owned()),
    ];
    for (member, relation) in members.iter().zip(["02", "10", "20"]) {
        made.push(Edit::item("members", member, "relation", Some(Value::from(relation))));
    }
    made.extend((0..dice.below(4)).flat_map(|_| visit(dice)).collect::<Vec<_>>());
    let mut all = vec![made];
    for _ in 0..10 {
        all.push(match dice.below(3) {
            0 => visit(dice),
            _ => vec![text("verified", day(dice)), text("phone", phone(dice))],
        });
    }
    let of = |edits| vec![DocumentEdits { id, kind: &kind::HOUSEHOLD, edits }];
    all.into_iter().map(of).collect()
}

#[expect(clippy::disallowed_methods, reason = "an example writes files, the library does not")]
fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("segments"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    let mut samples = Vec::new();
    for number in 0..COMMUNITIES {
        let unit: UnitPath =
            format!("3211/02/{:03}/{:03}", 1 + number / 5, 1 + number % 5).parse().expect("a path");
        let plan = Plan { seed: number, as_of: DAY, period_start: DAY - 365, households: 40 };
        let quality = [Quality::Good, Quality::StaleCards, Quality::ZeroEmployment][number as usize % 3];
        let about = Community { unit: &unit, name: "中山路社区", index: number, quality };
        let data = community(&plan, &about);
        let mut desk = Desk::new(&unit, number);
        let mut dice = Dice(1000 + number);
        let mut until = 1;
        for household in &data.households {
            desk.write(&household.documents);
            until -= 1;
            if until == 0 {
                samples.extend(desk.sync());
                until = 1 + dice.below(4);
            }
        }
        for turn in 0..30 {
            for edits in later_edits(&plan, &data, DAY + turn, turn as usize) {
                desk.write(std::slice::from_ref(&edits));
                if dice.below(3) == 0 {
                    samples.extend(desk.sync());
                }
            }
            samples.extend(desk.sync());
        }
        let mut desk = Desk::new(&unit, 100 + number);
        for _ in 0..12 {
            for edits in card(&mut dice) {
                desk.write(&edits);
                if dice.below(3) == 0 {
                    samples.extend(desk.sync());
                }
            }
        }
    }
    for (number, sample) in samples.iter().enumerate() {
        fs::write(folder.join(format!("{number:05}")), sample)?;
    }
    Ok(())
}
