//! A file for import, as a community would bring it from its old lists: a row a person, Chinese headers.
//!
//! The headers are those of `protocol/ledgers/import.toml`.

use linli_model::codes::{self, CodeList};

use crate::{
    Community, Plan,
    card::{Card, Member},
    dates::iso,
    dice::Dice,
    household,
    number::Numbers,
    office::Vacancies,
    roles::{self, HOUSEHOLDS_MIN, Quality, Role},
};

const HEADERS: [&str; 37] = [
    "户卡编号",
    "户别",
    "居住地址",
    "户籍地址",
    "住房编号",
    "户联系电话",
    "享受低保",
    "建卡日期",
    "核实日期",
    "姓名",
    "公民身份号码",
    "与户主关系",
    "性别",
    "出生日期",
    "文化程度",
    "婚姻状况",
    "户籍性质",
    "户籍地",
    "技能",
    "联系电话",
    "居住状态",
    "劳动能力",
    "就业愿望",
    "就业状况",
    "状况起始日期",
    "失业或退出原因",
    "原单位",
    "登记证号",
    "就业日期",
    "就业形式",
    "就业单位",
    "月收入",
    "就业证明",
    "证明编号",
    "困难类别",
    "认定日期",
    "援助责任人",
];

/// A CSV file of at least `people` people in whole households, other than those of the community's own
/// data: the card numbers go on where the plan's households end, and the ID numbers begin with 97.
///
/// Nobody in it is certified as a hardship case: a file has no visits, without which no placement is
/// verified, so one such person would veto the community that imports it.
pub fn imports_csv(plan: &Plan, community: &Community<'_>, people: usize) -> String {
    let mut dice = Dice::new(plan.seed, &[community.unit.as_str(), "import"]);
    let mut numbers = Numbers::of_imported(community.index);
    let roles = roles::roles(&mut dice, people.max(HOUSEHOLDS_MIN), Quality::Good);
    let first = plan.households.max(HOUSEHOLDS_MIN);
    let vacancies = Vacancies::of(plan, community.unit);
    let mut text = HEADERS.join(",");
    text.push('\n');
    let mut rows = 0;
    let uncertified = |role: &Role| !matches!(role, Role::Hardship { .. } | Role::ClearedZero);
    for (at, role) in roles.into_iter().filter(uncertified).enumerate() {
        if rows >= people {
            break;
        }
        let card = household::household(plan, community, &mut numbers, first + at, role, &vacancies);
        rows += card.members.len();
        for member in &card.members {
            text.push_str(&row(&card, member).join(","));
            text.push('\n');
        }
    }
    text
}

/// No cell has a comma or a quotation mark in it.
fn row(card: &Card, member: &Member) -> Vec<String> {
    let state = |dimension: &str, list: &CodeList| {
        let open = member.episodes.iter().find(|e| e.dimension == dimension && e.end.is_none());
        open.map(|e| zh(list, e.code)).unwrap_or_default()
    };
    let mut cells = vec![
        card.number.clone(),
        "家庭户".to_owned(),
        card.address.clone(),
        card.registered_address.clone(),
        card.dwelling.clone(),
        card.phone.clone(),
        if card.low_income { "是" } else { "否" }.to_owned(),
        iso(card.opened),
        iso(card.verified),
        member.name.clone(),
        member.number.clone(),
        zh(&codes::RELATION, member.relation),
        zh(&codes::SEX, member.sex.code()),
        iso(member.birth),
        zh(&codes::EDUCATION, member.education),
        zh(&codes::MARRIAGE, member.marriage),
        zh(&codes::REGISTRATION_KIND, member.registration_kind),
        member.registration_division.clone(),
        member.skills.to_owned(),
        member.phone.clone(),
        state("residence", &codes::RESIDENCE),
        state("ability", &codes::ABILITY),
        state("wish", &codes::WISH),
        state("status", &codes::STATUS),
    ];
    cells.extend(status(member));
    cells.extend(placement(member));
    let certified = member.certifications.last();
    cells.extend(certified.map_or([const { String::new() }; 3], |found| {
        [zh(&codes::HARDSHIP, found.category), iso(found.start), found.worker.to_owned()]
    }));
    cells
}

fn status(member: &Member) -> [String; 4] {
    let open = member.episodes.iter().find(|e| e.dimension == "status" && e.end.is_none());
    open.map_or([const { String::new() }; 4], |e| {
        [iso(e.start), zh(&codes::REASON, e.reason), e.former_employer.to_owned(), e.certificate.clone()]
    })
}

fn placement(member: &Member) -> [String; 6] {
    let open = member.placements.iter().find(|placement| placement.end.is_none());
    open.map_or([const { String::new() }; 6], |found| {
        [
            iso(found.start),
            zh(&codes::EMPLOYMENT_FORM, found.form),
            found.employer.to_owned(),
            found.pay_yuan.to_string(),
            zh(&codes::EVIDENCE, found.evidence),
            found.evidence_ref.clone(),
        ]
    })
}

fn zh(list: &CodeList, code: &str) -> String {
    list.get(code).map(|found| found.zh.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_published_header() {
        let plan = Plan { seed: 3, as_of: 20_757, period_start: 20_393, households: 40 };
        let unit = "3211/02/004/001".parse().expect("a path in a test is one");
        let community = Community { unit: &unit, name: "桃园社区", index: 2, quality: Quality::Good };
        let text = imports_csv(&plan, &community, 90);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(rows[0], HEADERS);
        assert!((91..=96).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|row| row.len() == HEADERS.len()));
        assert_eq!(rows[1][0], "32110200400100041", "card numbers go on where the community's end");
        let numbers: BTreeSet<&str> = rows[1..].iter().map(|row| row[10]).collect();
        assert_eq!(numbers.len(), rows.len() - 1);
        let dictionary = include_str!("../../../protocol/ledgers/import.toml");
        for header in HEADERS {
            assert!(dictionary.contains(&format!("zh = \"{header}\"")), "{header}");
        }
    }
}
