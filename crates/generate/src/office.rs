//! What a unit keeps about its own work: posts, boards, vacancies, equipment, signed nils.

use linli_model::{Kind, kind};
use linli_store::DocumentEdits;
use linli_wire::{DocId, Level, UnitPath};

use crate::{CommunityData, Plan, card::Member, dates::iso, dice::Dice, names, write::Fields};

/// Vacancies that are open at the same time.
const OPEN_AT_ONCE: usize = 4;
/// Days for which a vacancy is open, and after which the next is posted.
const OPEN_DAYS: i64 = 60;
/// Days between postings of policies; less than any month has.
const POLICY_DAYS: i64 = 14;

/// A unit's vacancies of a period: at any time four are open.
#[derive(Debug, Clone)]
pub struct Vacancies {
    pub unit: String,
    /// The first day on which the first row is open; each row after it begins some days earlier.
    from: i64,
    /// By row, one after the other: the document and the employer.
    rows: Vec<Vec<(DocId, &'static str)>>,
}

impl Vacancies {
    pub fn of(plan: &Plan, unit: &UnitPath) -> Self {
        let mut dice = Dice::new(plan.seed, &[unit.as_str(), "vacancies"]);
        let count = (plan.as_of - plan.period_start) / OPEN_DAYS + 2;
        let rows = (0..OPEN_AT_ONCE)
            .map(|_| (0..count).map(|_| (dice.document(), names::employer(&mut dice))).collect())
            .collect();
        Self { unit: unit.to_string(), from: plan.period_start, rows }
    }

    /// One of the vacancies that are open on a day of the period; another for each `at` below four.
    pub fn open_on(&self, day: i64, at: usize) -> (DocId, &'static str) {
        let at = at % OPEN_AT_ONCE;
        let row = &self.rows[at];
        let turn = usize::try_from((day - self.begins(at)) / OPEN_DAYS).unwrap_or_default();
        row[turn.min(row.len() - 1)]
    }

    /// The first day of a row. Rows are staggered, so that something is posted in every month.
    const fn begins(&self, row: usize) -> i64 {
        self.from - row as i64 * OPEN_DAYS / OPEN_AT_ONCE as i64
    }

    fn documents(&self, dice: &mut Dice) -> Vec<DocumentEdits> {
        let all = self.rows.iter().enumerate().flat_map(|(at, row)| {
            let begins = self.begins(at);
            (0..).zip(row).map(move |(turn, vacancy)| (begins + turn * OPEN_DAYS, vacancy))
        });
        all.map(|(start, (id, employer))| {
            let mut fields = Fields::default();
            fields
                .text("employer", employer)
                .text("trade", dice.pick(&["保洁", "收银", "车工", "保安", "家政", "缝纫", "快递", "仓管"]))
                .number("openings", dice.between(1, 8))
                .number("pay", dice.between(50, 110) * 50)
                .text("start", &iso(start))
                .text("end", &iso(start + OPEN_DAYS - 1))
                .text("source", "社区采集");
            DocumentEdits { id: *id, kind: &kind::VACANCY, edits: fields.done() }
        })
        .collect()
    }
}

/// A unit's posts, boards, vacancies and equipment over the period; of a community also the nils that it
/// signed for the ledgers in which `data` has nothing. A document stands in the list once.
pub fn office(plan: &Plan, unit: &UnitPath, data: Option<&CommunityData>) -> Vec<DocumentEdits> {
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), "office"]);
    let mut documents = Vec::new();
    let mut document = |dice: &mut Dice, kind: &'static Kind, fields: Fields| {
        documents.push(DocumentEdits { id: dice.document(), kind, edits: fields.done() });
    };
    let opened = plan.period_start - dice.between(100, 900);

    let mut staff = Fields::default();
    staff
        .text("name", names::worker(&mut dice))
        .text("post", "劳动保障协理员")
        .number("full_time", 1)
        .text("start", &iso(opened))
        .text("certificate", &format!("LB{}", dice.digits(8)))
        .text("certified_until", &iso(plan.as_of + dice.between(100, 900)));
    document(&mut dice, &kind::STAFF, staff);

    let mut premises = Fields::default();
    premises
        .text("address", &format!("{}服务站", unit.code()))
        .number("area", dice.between(30, 200))
        .text("start", &iso(opened));
    document(&mut dice, &kind::PREMISES, premises);

    let street = unit.level() == Level::Street;
    let kit = ["computer", "printer", "sign", "board"].into_iter().chain(street.then_some("display"));
    for what in kit {
        let mut equipment = Fields::default();
        equipment.text("what", what).text("start", &iso(opened));
        equipment.item("checks", &dice.key()).text("day", &iso(plan.as_of - 9)).number("working", 1);
        document(&mut dice, &kind::EQUIPMENT, equipment);
    }

    for day in (plan.period_start..=plan.as_of).step_by(POLICY_DAYS as usize) {
        for board in if street { &["policy", "display"][..] } else { &["policy"] } {
            let mut posting = Fields::default();
            posting
                .text("board", board)
                .text("title", dice.pick(&["就业困难人员认定办法", "小额担保贷款政策", "社会保险补贴办法"]))
                .text("start", &iso(day))
                .text("end", &iso(day + 30));
            document(&mut dice, &kind::POSTING, posting);
        }
    }
    for ledger in data.map(empty_ledgers).unwrap_or_default() {
        let mut nil = Fields::default();
        nil.text("ledger", ledger)
            .text("start", &iso(plan.period_start))
            .text("end", &iso(plan.as_of))
            .text("day", &iso(plan.as_of))
            .text("signed_by", names::worker(&mut dice));
        document(&mut dice, &kind::NIL, nil);
    }
    documents.extend(Vacancies::of(plan, unit).documents(&mut dice));
    documents
}

/// The ledgers in which nothing stands, of those that a community may have nothing in.
fn empty_ledgers(data: &CommunityData) -> Vec<&'static str> {
    let fills = |member: &Member, ledger: &str| {
        let flexible = ledger == "L10" && member.placements.iter().any(|placement| placement.form == "30");
        flexible || member.help.fills(ledger)
    };
    let members = || data.households.iter().flat_map(|household| &household.card.members);
    let mut ledgers = vec!["L07", "L10", "L11", "L13", "L14", "L15", "L16"];
    ledgers.retain(|ledger| !members().any(|member| fills(member, ledger)));
    ledgers
}
