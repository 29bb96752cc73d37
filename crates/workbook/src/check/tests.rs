//! Rows that are refused, with row, column and reason, and households that go in.

use super::*;
use crate::sheet;
use crate::support::{NOW, id_no};

fn checked(header: &str, rows: &[String]) -> Checked {
    let text = format!("{header}\n{}", rows.join("\n"));
    check(&sheet::read(text.as_bytes(), "people.csv").expect("it is a table"), NOW.day_number())
}

fn refused(checked: &Checked) -> Vec<(usize, &'static str)> {
    checked.refused.iter().map(|refused| (refused.row, refused.column.name)).collect()
}

#[test]
fn a_bad_cell_is_refused_with_its_row_its_column_and_the_reason() {
    let wang = id_no("19800102", 1);
    for (column, value, en, zh) in [
        ("户卡编号", "3.2E+16", "lost its last digits", "丢失末尾几位"),
        ("姓名", "", "every row needs it", "每行必填"),
        ("公民身份号码", "110105491231002", "15-digit", "15 位号码已停用"),
        ("公民身份号码", "110105194912310021", "check digit", "校验位不符"),
        ("公民身份号码", "1.10105E+17", "lost its last digits", "丢失末尾几位"),
        ("与户主关系", "邻居", "neither a code nor a name", "不是代码也不是名称"),
        ("性别", "女", "that of a man", "身份号码中为男"),
        ("出生日期", "1980-01-03", "says 1980-01-02", "身份号码中为 1980-01-02"),
        ("劳动能力", "就业", "neither a code nor a name", "不是代码也不是名称"),
        ("建卡日期", "2026-02-30", "no such day", "没有这一天"),
        ("核实日期", "2062-01-05", "in the future", "今天之后"),
        ("享受低保", "也许", "neither yes nor no", "请填“是”或“否”"),
        ("状况起始日期", "1979-01-01", "before the birth date", "早于出生日期"),
        ("月收入", "三千", "not a number", "不是数字"),
        ("就业终止日期", "2026-05-31", "before placed on", "早于“就业日期”"),
        ("认定日期", "2026-11-24", "in the future", "今天之后"),
    ] {
        let defaults = [
            ("户卡编号", "A1"),
            ("姓名", "王强"),
            ("公民身份号码", wang.as_str()),
            ("与户主关系", "户主"),
            ("性别", "男"),
            ("出生日期", "1980/1/2"),
            ("就业状况", "登记失业"),
            ("状况起始日期", "2026年3月1日"),
            ("劳动能力", "1"),
            ("建卡日期", "2026-01-05"),
            ("核实日期", "20261020"),
            ("享受低保", "否"),
            ("就业日期", "2026-06-01"),
            ("月收入", "3,200"),
            ("就业终止日期", "2026-09-30"),
            ("困难类别", "残疾"),
            ("认定日期", "2026-04-10"),
        ];
        let quoted = |cell: &str| format!("\"{cell}\"");
        let header = defaults.map(|(header, _)| header).join(",");
        let good = defaults.map(|(_, cell)| quoted(cell)).join(",");
        let bad = defaults.map(|(name, cell)| quoted(if name == column { value } else { cell })).join(",");
        let whole = checked(&header, std::slice::from_ref(&good));
        assert_eq!((whole.refused.len(), whole.cards.len()), (0, 1), "{:?}", whole.refused);
        let outcome = checked(&header, &[bad]);
        let [refused] = &outcome.refused[..] else { panic!("{column}: {:?}", outcome.refused) };
        assert_eq!((refused.row, refused.column.zh), (2, column));
        assert!(refused.to_string().contains(en), "{refused}");
        assert!(refused.zh().contains(zh), "{}", refused.zh());
        assert!(outcome.cards.is_empty(), "a card without people does not go in");
    }
}

#[test]
fn a_cell_that_says_nothing_without_another_asks_for_it() {
    for (column, value, needed) in [
        ("状况起始日期", "2026-03-01", "status"),
        ("原单位", "纺织厂", "status"),
        ("就业单位", "超市", "placed_on"),
        ("困难类别", "残疾", "certified_on"),
        ("援助责任人", "李明", "certified_on"),
        ("认定日期", "2026-03-01", "hardship"),
    ] {
        let header = format!("户卡编号,姓名,公民身份号码,与户主关系,{column}");
        let outcome = checked(&header, &[format!("1,王强,{},户主,{value}", id_no("19800102", 1))]);
        assert_eq!(refused(&outcome), [(2, needed)], "{column}");
    }
}

const HEADER: &str = "户卡编号,居住地址,姓名,公民身份号码,与户主关系";

#[test]
fn rows_of_one_card_are_one_household_wherever_they_stand() {
    let ids: Vec<String> = (1..=4).map(|serial| id_no("19800102", serial)).collect();
    let outcome = checked(
        HEADER,
        &[
            format!("B,乙路,王强,{},户主", ids[0]),
            format!("A,甲路,李强,{},户主", ids[1]),
            format!("B,,王芳,{},妻", ids[2]),
            format!("A,甲路,李芳,{},妻", ids[3]),
        ],
    );
    let cards: Vec<(&str, usize, usize)> =
        outcome.cards.iter().map(|card| (card.card_no.as_str(), card.row, card.people.len())).collect();
    assert_eq!(cards, [("B", 2, 2), ("A", 3, 2)]);
    assert!(outcome.refused.is_empty(), "{:?}", outcome.refused);
}

#[test]
fn a_household_goes_in_without_its_head_and_with_what_the_heads_row_says_of_the_card() {
    let good = id_no("19800102", 2);
    let outcome =
        checked(HEADER, &["A,甲路,王强,110105194912310021,户主".to_owned(), format!("A,,王芳,{good},妻")]);
    assert_eq!(refused(&outcome), [(2, "id_no")]);
    let [card] = &outcome.cards[..] else { panic!("one card goes in") };
    assert_eq!(card.people.len(), 1);
    assert_eq!(card.fields["address"], Value::from("甲路"));
}

#[test]
fn rows_of_one_card_that_disagree_are_refused_from_the_second_on() {
    let ids: Vec<String> = (1..=3).map(|serial| id_no("19800102", serial)).collect();
    let outcome = checked(
        HEADER,
        &[
            format!("A,甲路,王强,{},户主", ids[0]),
            format!("A,乙路,王芳,{},妻", ids[1]),
            format!("A,,王平,{},本人", ids[2]),
        ],
    );
    assert_eq!(refused(&outcome), [(3, "address"), (4, "relation")]);
    assert_eq!(outcome.refused[0].why, Why::CardDiffers { row: 2, value: "甲路".to_owned() });
    assert_eq!(outcome.refused[1].why, Why::TwoHeads { row: 2 });
    assert_eq!(outcome.cards[0].people.len(), 1);
}

#[test]
fn one_id_number_twice_names_both_rows() {
    let id = id_no("19800102", 1);
    let same_card = checked(
        HEADER,
        &[
            format!("A,,王强,{id},户主"),
            format!("A,,王强,{id},子"),
            format!("A,,王强,{},子", id_no("20080102", 1)),
        ],
    );
    assert_eq!(refused(&same_card), [(3, "id_no")]);
    assert_eq!(same_card.refused[0].why, Why::IdNumberTwice { row: 2 });
    assert_eq!(same_card.cards[0].people.len(), 2);

    let two_cards = checked(HEADER, &[format!("A,,王强,{id},户主"), format!("B,,王强,{id},户主")]);
    assert_eq!(refused(&two_cards), [(2, "id_no"), (3, "id_no")], "nobody can say which is right");
    assert_eq!(two_cards.refused[0].why, Why::IdNumberOnTwoCards { row: 3, card: "B".to_owned() });
    assert_eq!(two_cards.refused[1].why, Why::IdNumberOnTwoCards { row: 2, card: "A".to_owned() });
    assert!(two_cards.cards.is_empty());
}

#[test]
fn a_card_takes_so_many_people_and_not_one_more() {
    let row = |index: usize| {
        let birth = format!("19{:02}01{:02}", 50 + index / 27_000, 1 + index / 1000 % 27);
        format!("A,,某人,{},非亲属", id_no(&birth, (index % 1000) as u32))
    };
    let full: Vec<String> = (0..CARD_PEOPLE_MAX).map(row).collect();
    assert!(checked(HEADER, &full).refused.is_empty());
    let more: Vec<String> = (0..=CARD_PEOPLE_MAX).map(row).collect();
    assert_eq!(refused(&checked(HEADER, &more)), [(CARD_PEOPLE_MAX + 2, "card_no")]);
}

#[test]
fn sex_and_birth_date_are_those_of_the_id_number() {
    let outcome = checked(HEADER, &[format!("A,,王强,{},01", id_no("19800102", 1))]);
    let person = &outcome.cards[0].people[0];
    assert_eq!(person.fields["sex"], Value::from("1"));
    assert_eq!(person.fields["birth"], Value::from("1980-01-02"));
    assert!(person.is_head());
}

#[test]
fn nobody_is_certified_as_older_before_that_age() {
    let header = "户卡编号,居住地址,姓名,公民身份号码,与户主关系,困难类别,认定日期,援助责任人";
    let row =
        |birth: &str, serial| format!("A,,王强,{},户主,大龄失业人员,2026-02-01,李明", id_no(birth, serial));
    let outcome = checked(header, &[row("19760202", 1)]);
    assert_eq!(refused(&outcome), [(2, "certified_on")]);
    assert_eq!(outcome.refused[0].why, Why::NotOfAge { years: 50, from: "2026-02-02".to_owned() });
    assert!(checked(header, &[row("19760201", 1)]).refused.is_empty());
    assert!(checked(header, &[row("19860201", 2)]).refused.is_empty(), "women from 40 on");
}
