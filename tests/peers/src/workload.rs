//! Workload W: household cards, each created by one change and then changed ten times, one change an entry.
//!
//! A card has its members and visits inside it, so that every engine carries the same documents. The same
//! seed gives the same cards; only document salts, actors and the keys of visits are made anew, which have a fixed length.

use std::collections::BTreeMap;

use clap::ValueEnum;
use linli_model::{Edit, Value, kind, new_key};
use linli_store::DocumentEdits;
use linli_wire::DocId;

/// Members of a card, and visits that it begins with.
const MEMBERS: u64 = 3;
const VISITS: u64 = 3;

/// What the fields that change again and again are given.
const RESULTS: [&str; 4] =
    ["本人在外务工，家属代答", "已登记求职意愿", "介绍岗位一个，待回复", "家中无人，已留联系卡"];
const CLERKS: [&str; 4] = ["王芳", "李建国", "陈晓燕", "赵丽"];
const STREETS: [&str; 4] = ["人民中路", "解放北路", "滨河南路", "新华西街"];
const WAYS: [&str; 3] = ["home", "phone", "office"];

/// In which order a community's entries were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// A card with all of its changes, then the next one.
    Cards,
    /// All cards, then the first change of each, and so on, as over a year.
    Rounds,
}

/// The numbers that make one workload.
#[derive(Debug, Clone, Copy)]
pub struct Workload {
    pub documents: u64,
    /// Changes of a card after the one that creates it.
    pub changes: u64,
    pub order: Order,
}

impl Workload {
    /// Every entry in the order in which it is written: the number of a card and of its change, 0 for the one
    /// that creates it.
    pub fn entries(self) -> impl Iterator<Item = (u64, u64)> {
        let per_card = self.changes + 1;
        (0..self.documents * per_card).map(move |at| match self.order {
            Order::Cards => (at / per_card, at % per_card),
            Order::Rounds => (at % self.documents, at / self.documents),
        })
    }

    pub const fn entry_count(self) -> u64 {
        self.documents * (self.changes + 1)
    }
}

/// The id of a card; like the ids that devices draw, it has no order.
pub fn card_id(card: u64) -> DocId {
    DocId(key(card, 0))
}

/// The edits of one change of a card.
pub fn edits(card: u64, change: u64) -> DocumentEdits {
    let mut random = Random::of(card, change);
    let edits = match change {
        0 => creation(card, &mut random),
        // Three of ten changes append a visit, the others touch two or three fields.
        _ if change % 3 == 0 => visit(0, &mut random),
        _ => correction(&mut random),
    };
    DocumentEdits { id: card_id(card), kind: &kind::HOUSEHOLD, edits }
}

fn creation(card: u64, random: &mut Random) -> Vec<Edit> {
    let address = address(random);
    let mut edits = vec![
        text("card_no", &format!("3211020010{card:07}")),
        text("kind", "1"),
        text("state", "1"),
        text("head", &hex(key(card, 1))),
        text("dwelling", &format!("{:02}-{:02}-{:03}", random.below(40), random.below(6), random.below(999))),
        text("registered_address", &format!("黑龙江省哈尔滨市南岗区和兴路街道振兴社区{address}")),
        text("address", &format!("和兴路街道振兴社区{address}")),
        text("phone", &phone(random)),
        Edit::document("low_income", Some(Value::from(random.below(2) as i64))),
        text("opened", &day(random)),
        text("verified", &day(random)),
        text("verified_by", &format!("街道就业和社会保障服务中心{}", random.one_of(&CLERKS))),
    ];
    for member in 0..MEMBERS {
        let relation = ["02", "10", "20"][member as usize];
        let key = hex(key(card, 1 + member));
        edits.push(Edit::item("members", &key, "relation", Some(Value::from(relation))));
    }
    for at in 0..VISITS {
        edits.extend(visit(at as usize, random));
    }
    edits
}

/// A visit; its key is that which the device gives to a new one.
fn visit(number: usize, random: &mut Random) -> Vec<Edit> {
    let key = new_key(number);
    let field = |name, value: &str| Edit::item("visits", &key, name, Some(Value::from(value)));
    vec![
        field("day", &day(random)),
        field("how", random.one_of(&WAYS)),
        field("result", random.one_of(&RESULTS)),
        field("visitor", random.one_of(&CLERKS)),
    ]
}

fn correction(random: &mut Random) -> Vec<Edit> {
    let mut edits = vec![text("verified", &day(random)), text("phone", &phone(random))];
    if random.below(2) == 0 {
        edits.push(text("address", &address(random)));
    }
    edits
}

fn text(field: &str, value: &str) -> Edit {
    Edit::document(field, Some(Value::from(value)))
}

fn address(random: &mut Random) -> String {
    let street = random.one_of(&STREETS);
    format!(
        "{street}{}号{}幢{}单元{}{:02}室",
        1 + random.below(400),
        1 + random.below(30),
        1 + random.below(6),
        1 + random.below(18),
        1 + random.below(4)
    )
}

fn phone(random: &mut Random) -> String {
    format!("13{:09}", random.below(1_000_000_000))
}

fn day(random: &mut Random) -> String {
    format!("202{}-{:02}-{:02}", random.below(7), 1 + random.below(12), 1 + random.below(28))
}

fn key(card: u64, part: u64) -> [u8; 16] {
    let mut random = Random::of(card, u64::MAX - part);
    let mut key = [0; 16];
    key[..8].copy_from_slice(&random.next().to_be_bytes());
    key[8..].copy_from_slice(&random.next().to_be_bytes());
    key
}

fn hex(key: [u8; 16]) -> String {
    data_encoding::HEXLOWER.encode(&key)
}

/// SplitMix64 from the numbers of a card and of a change.
struct Random(u64);

impl Random {
    fn of(card: u64, change: u64) -> Self {
        let mut random = Self(card);
        let mixed = random.next() ^ change;
        Self(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

/// A card as the other engines are given it.
pub struct Card {
    pub id: DocId,
    /// The raw changes, the fixed ones of its kind first.
    pub changes: Vec<automerge::Change>,
    /// How many of the changes are fixed ones: they are not sent, everybody has them.
    pub fixed: usize,
}

impl Card {
    /// The changes that the workload made.
    pub fn written(&self) -> &[automerge::Change] {
        &self.changes[self.fixed..]
    }

    pub fn document(&self) -> automerge::Automerge {
        let mut document = automerge::Automerge::new();
        document.apply_changes(self.changes.iter().cloned()).expect("a device of this program wrote them");
        document
    }

    /// The present state as JSON, for an engine that carries no history.
    pub fn json(&self) -> serde_json::Value {
        let mut value = plain(&self.document().hydrate(None));
        value["_id"] = hex(self.id.0).into();
        value
    }
}

fn plain(value: &automerge::hydrate::Value) -> serde_json::Value {
    use automerge::{ScalarValue, hydrate};
    match value {
        hydrate::Value::Map(map) => {
            let fields: BTreeMap<String, _> =
                map.iter().map(|(key, value)| (key.to_string(), plain(&value.value))).collect();
            fields.into_iter().collect()
        }
        hydrate::Value::Scalar(ScalarValue::Str(text)) => text.to_string().into(),
        hydrate::Value::Scalar(ScalarValue::Int(number)) => (*number).into(),
        other => unreachable!("documents are maps of texts and whole numbers, not {other:?}"),
    }
}

/// The sizes of a workload, by what is signed and sent: raw Automerge changes.
pub fn raw_bytes(cards: &[Card]) -> u64 {
    cards.iter().flat_map(Card::written).map(|change| change.raw_bytes().len() as u64).sum()
}
