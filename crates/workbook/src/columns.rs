//! The columns of the import: their headers, and which field each one fills.

mod published;

use linli_model::codes::{self, CodeList};
use linli_model::kind::{HOUSEHOLD, PERSON};
use linli_model::{Field, FieldType};

pub use published::import_toml;

/// What a column fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A field of the card.
    Card(&'static str),
    /// A field of the person's membership of the card.
    Member(&'static str),
    /// A field of the person.
    Person(&'static str),
    /// The state that the person is in, of one dimension of episodes.
    State(&'static str),
    /// Another field of the episode of status.
    Status(&'static str),
    /// A field of the placement.
    Placement(&'static str),
    /// A field of the hardship certification.
    Certification(&'static str),
    /// A field of whatever a list has a row for.
    Listed(&'static Field),
}

/// One column.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    /// Other headers that it is known under.
    pub aliases: &'static [&'static str],
    /// Whether the file must have the column, and every row a value in it.
    pub required: bool,
    pub target: Target,
    /// What a cell might hold.
    pub example: &'static str,
}

impl Column {
    /// The field that reads its cells.
    pub fn field(&self) -> &'static Field {
        let found = match self.target {
            Target::Card(field) => HOUSEHOLD.field(field),
            Target::Member(field) => HOUSEHOLD.collection("members").and_then(|c| c.field(field)),
            Target::Person(field) => PERSON.field(field),
            Target::State(dimension) => STATES.iter().find(|(name, _)| *name == dimension).map(|(_, f)| f),
            Target::Status(field) => PERSON.collection("episodes").and_then(|c| c.field(field)),
            Target::Placement(field) => PERSON.collection("placements").and_then(|c| c.field(field)),
            Target::Certification(field) => PERSON.collection("certifications").and_then(|c| c.field(field)),
            Target::Listed(field) => Some(field),
        };
        found.expect("a test finds the field of every column")
    }

    /// The codes that its cells may hold.
    pub fn codes(&self) -> Option<&'static CodeList> {
        match self.field().ty {
            FieldType::Code(list) => Some(list),
            _ => None,
        }
    }

    /// Whether a header means this column. Case, spaces, underscores, full-width forms and the asterisk
    /// that marks a mandatory column make no difference.
    pub fn is_headed(&self, header: &str) -> bool {
        let header = plain(header);
        [self.name, self.zh, self.en].iter().chain(self.aliases).any(|name| plain(name) == header)
    }
}

/// The column of a name.
pub fn by_name(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.name == name)
}

/// A column that the code itself names.
pub(crate) fn known(name: &str) -> &'static Column {
    by_name(name).expect("the code names columns of the list only, which a test reads")
}

fn plain(header: &str) -> String {
    header
        .chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            other => other,
        })
        .filter(|c| !c.is_whitespace() && !matches!(c, '*' | '_' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

const fn state(zh: &'static str, en: &'static str, list: &'static CodeList) -> Field {
    Field { name: "code", zh, en, ty: FieldType::Code(list), vital: true }
}

/// The dimensions of episodes, each with the field that reads its codes.
pub static STATES: [(&str, Field); 4] = [
    ("residence", state("居住状态", "residence state", &codes::RESIDENCE)),
    ("ability", state("劳动能力", "ability to work", &codes::ABILITY)),
    ("wish", state("就业愿望", "wish to work", &codes::WISH)),
    ("status", state("就业状况", "status", &codes::STATUS)),
];

/// Writes columns as lines: name, Chinese header, English header, target, example, `required` where it
/// is so, and other headers.
macro_rules! columns {
    (@required) => { false };
    (@required required) => { true };
    ($($name:literal $zh:literal $en:literal $target:ident($field:literal) $example:literal
       $($required:ident)? $([$($alias:literal),*])?;)*) => {
        &[$(Column {
            name: $name, zh: $zh, en: $en, target: Target::$target($field), example: $example,
            required: columns!(@required $($required)?), aliases: &[$($($alias),*)?],
        }),*]
    };
}

/// Every column, in the order of the template.
pub static COLUMNS: &[Column] = columns![
    "card_no" "户卡编号" "card number" Card("card_no") "32110200100100001" required ["户编号", "户号"];
    "household_kind" "户别" "household kind" Card("kind") "家庭户";
    "address" "居住地址" "residence address" Card("address") "中山路 1 号 2 幢 301 室" ["address", "住址"];
    "registered_address" "户籍地址" "registered address" Card("registered_address") "中山路 1 号 2 幢 301 室";
    "dwelling" "住房编号" "dwelling" Card("dwelling") "2-301";
    "household_phone" "户联系电话" "household phone" Card("phone") "0511-80000001";
    "low_income" "享受低保" "low-income allowance" Card("low_income") "否" ["low income"];
    "opened" "建卡日期" "opened on" Card("opened") "2026-01-05";
    "verified" "核实日期" "verified on" Card("verified") "2026-10-20";
    "name" "姓名" "name" Person("name") "王芳" required;
    "id_no" "公民身份号码" "citizen ID number" Person("id_no") "11010519491231002X" required
        ["身份证号", "身份证号码", "身份号码", "公民身份证号码", "ID number"];
    "relation" "与户主关系" "relation to head" Member("relation") "户主" required ["户主关系", "relation"];
    "sex" "性别" "sex" Person("sex") "女";
    "birth" "出生日期" "birth date" Person("birth") "1949-12-31" ["出生年月日"];
    "education" "文化程度" "education" Person("education") "大学专科" ["学历"];
    "marriage" "婚姻状况" "marriage" Person("marriage") "已婚";
    "registration_kind" "户籍性质" "registration kind" Person("registration_kind") "本地居民户口"
        ["户口性质"];
    "registration_division" "户籍地" "registration division" Person("registration_division") "321102";
    "skills" "技能" "skills" Person("skills") "家政服务" ["技能特长"];
    "phone" "联系电话" "phone" Person("phone") "13800000000" ["电话", "本人电话"];
    "residence" "居住状态" "residence state" State("residence") "人户一致";
    "ability" "劳动能力" "ability to work" State("ability") "有劳动能力" ["ability"];
    "wish" "就业愿望" "wish to work" State("wish") "有就业愿望" ["wish"];
    "status" "就业状况" "status" State("status") "登记失业";
    "status_since" "状况起始日期" "status since" Status("start") "2026-03-01" ["状况起始"];
    "reason" "失业或退出原因" "reason of unemployment" Status("reason") "离开用人单位" ["失业原因"];
    "former_employer" "原单位" "former employer" Status("former_employer") "市纺织厂" ["原工作单位"];
    "certificate" "登记证号" "certificate" Status("certificate") "3211020026000001"
        ["就业创业证号", "registration certificate"];
    "placed_on" "就业日期" "placed on" Placement("start") "2026-06-01";
    "form" "就业形式" "employment form" Placement("form") "单位就业";
    "employer" "就业单位" "employer" Placement("employer") "市第一超市";
    "pay" "月收入" "monthly pay" Placement("pay") "3200" ["monthly pay, yuan"];
    "evidence" "就业证明" "evidence kind" Placement("evidence") "劳动合同" ["证明种类"];
    "evidence_ref" "证明编号" "evidence number" Placement("evidence_ref") "HT-2026-0001";
    "placement_ended" "就业终止日期" "ended on" Placement("end") "2026-09-30" ["placement ended on"];
    "hardship" "困难类别" "hardship category" Certification("category") "大龄失业人员";
    "certified_on" "认定日期" "certified on" Certification("start") "2026-04-10";
    "worker" "援助责任人" "named worker" Certification("worker") "李明";
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_column_fills_a_field_and_reads_its_own_example() {
        for column in COLUMNS {
            let parsed = linli_model::parse_value(column.field(), column.example);
            assert!(matches!(parsed, Ok(Some(_))), "{}: {parsed:?}", column.name);
        }
    }

    #[test]
    fn no_header_means_two_columns() {
        let mut seen = BTreeMap::new();
        for column in COLUMNS {
            let mut names: Vec<String> =
                [column.name, column.zh, column.en].iter().chain(column.aliases).map(|n| plain(n)).collect();
            names.sort();
            names.dedup();
            for name in names {
                assert_eq!(seen.insert(name.clone(), column.name), None, "{name}");
            }
        }
    }

    #[test]
    fn headers_are_known_however_they_are_typed() {
        for header in
            ["身份证号", " 公民身份号码*", "ID Number", "id_no", "citizen id number", "ＩＤ　ｎｕｍｂｅｒ"]
        {
            assert!(known("id_no").is_headed(header), "{header}");
        }
        assert!(!known("phone").is_headed("户联系电话"));
    }
}
