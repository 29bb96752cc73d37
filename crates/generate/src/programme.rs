//! The programme as those who run it publish it: groups, papers, targets, a campaign.

use linli_model::{Edit, Value, idnumber::Sex, kind};
use linli_store::DocumentEdits;
use linli_wire::{Level, UnitPath};

use crate::{Plan, dates::iso, dice::Dice, names, write::Fields};

/// Days before the period on which the campaign of registration began and ended: cards were opened in between.
const CAMPAIGN: (i64, i64) = (420, 30);
/// Days before the period on which groups were formed and papers issued, and after which rules were issued again.
const BEGAN: i64 = 450;
const REVISED: i64 = 200;

/// The leading group of a city or district.
pub fn leading_group(plan: &Plan, unit: &UnitPath, name: &str) -> DocumentEdits {
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), "group"]);
    let id = dice.document();
    let start = iso(plan.period_start - BEGAN);
    let mut fields = Fields::default();
    fields
        .text("name", &format!("{name}创建充分就业社区领导小组"))
        .text("start", &start)
        .text("tasks", "制定计划，分解任务，落实专人，检查评估");
    for (role, post) in [("组长", "副局长"), ("副组长", "就业处处长"), ("成员", "科长"), ("成员", "科员")]
    {
        let member = dice.key();
        fields
            .item("people", &member)
            .text("name", &name_of(&mut dice))
            .text("post", post)
            .text("role", role)
            .text("start", &start);
    }
    DocumentEdits { id, kind: &kind::GROUP, edits: fields.done() }
}

fn name_of(dice: &mut Dice) -> String {
    let surname = names::surname(dice);
    names::full_name(dice, surname, Sex::Male)
}

/// What a city or district issued: the city a plan and a notice, a district rules, and these once more in a later
/// version.
pub fn papers(plan: &Plan, unit: &UnitPath, name: &str) -> Vec<DocumentEdits> {
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), "papers"]);
    let began = plan.period_start - BEGAN;
    let issued: &[(&str, &str, &str, i64)] = if unit.level() == Level::City {
        &[
            ("plan", "创建充分就业社区、街道实施方案", "1", began),
            ("notice", "关于开展创建工作的通知", "1", began + 10),
        ]
    } else {
        &[
            ("rules", "创建充分就业社区、街道实施细则", "1", began + 30),
            ("rules", "创建充分就业社区、街道实施细则", "2", plan.period_start - REVISED),
        ]
    };
    let mut documents: Vec<DocumentEdits> = Vec::new();
    for (number, (kind, title, version, day)) in issued.iter().enumerate() {
        let earlier = documents.last().filter(|_| *version != "1").map(|paper| paper.id.to_string());
        let mut fields = Fields::default();
        fields
            .text("kind", kind)
            .text("title", &format!("{name}{title}"))
            .text("number", &format!("劳社〔{}〕{}号", &iso(*day)[..4], number + 1 + dice.below(30) as usize))
            .text("version", version)
            .text("day", &iso(*day))
            .text("replaces", earlier.as_deref().unwrap_or_default());
        documents.push(DocumentEdits { id: dice.document(), kind: &kind::PAPER, edits: fields.done() });
    }
    documents
}

/// What a unit is to reach in a year, as one above it sets it on the first day of the period.
pub fn target(
    plan: &Plan,
    by: &UnitPath,
    unit: &UnitPath,
    what: &str,
    year: i64,
    value: i64,
) -> DocumentEdits {
    let mut dice = Dice::new(plan.seed, &[by.as_str(), unit.as_str(), "target", what]);
    let mut fields = Fields::default();
    fields
        .text("for_unit", unit.as_str())
        .text("what", what)
        .number("year", year)
        .number("value", value)
        .text("day", &iso(plan.period_start));
    DocumentEdits { id: dice.document(), kind: &kind::TARGET, edits: fields.done() }
}

/// The mass registration in which the cards were opened.
pub fn campaign(plan: &Plan, city: &UnitPath) -> DocumentEdits {
    let (began, ended) = CAMPAIGN;
    let mut fields = Fields::default();
    fields
        .text("name", "劳动力资源普查登记")
        .text("start", &iso(plan.period_start - began))
        .text("end", &iso(plan.period_start - ended))
        .text("content", "入户登记，一户一卡");
    let id = Dice::new(plan.seed, &[city.as_str(), "campaign"]).document();
    DocumentEdits { id, kind: &kind::CAMPAIGN, edits: fields.done() }
}

/// Why a unit is left out of the programme, on the unit's own document.
pub fn left_out(unit: &UnitPath, reason: &str) -> DocumentEdits {
    let id = kind::UNIT.fixed_id(unit.as_str()).expect("units are keyed by their path");
    let edits = vec![Edit::document("reason", Some(Value::from(reason)))];
    DocumentEdits { id, kind: &kind::UNIT, edits }
}
