//! What validation finds, in words.

use thiserror::Error;

use crate::edit::Place;
use crate::idnumber::IdNumberError;

/// One thing that does not hold together in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    /// The field to look at.
    pub field: &'static str,
    pub what: What,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum What {
    #[error("{field_en} is missing; enter it")]
    Missing { field_en: &'static str, field_zh: &'static str },
    #[error("the ID number does not hold together: {0}")]
    IdNumber(IdNumberError),
    #[error("the ID number gives the birth date {expected}; correct the one that is wrong")]
    BirthDate { expected: String },
    #[error("the ID number gives the other sex; correct the one that is wrong")]
    Sex,
    #[error("the original retirement age is that of the other sex; correct the one that is wrong")]
    Retirement,
    #[error("it ends before it begins; correct one of the dates")]
    EndsBeforeStart,
    #[error("it begins before the birth date; correct one of the dates")]
    BeforeBirth,
    #[error(
        "this category begins at the age of {years}, which the person reaches on {from}; choose another category or correct the date"
    )]
    NotOfAge { years: i16, from: String },
    #[error("a month is written as 2026-10")]
    Month,
    #[error("it was verified before the card was opened; correct one of the dates")]
    VerifiedBeforeOpened,
    #[error("`{code}` is no code of the list; choose one from it")]
    UnknownCode { code: String },
    #[error("another episode of the same dimension is open; end the earlier one first")]
    TwoOpen,
    #[error("it overlaps another episode of the same dimension; correct one of the dates")]
    Overlap,
    #[error("two members are head of the household; correct one relation")]
    TwoHeads,
    #[error("the head is not among the members; add the member or choose another head")]
    HeadNotMember,
}

impl Problem {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match &self.what {
            What::Missing { field_zh, .. } => format!("缺少{field_zh}，请补录"),
            What::IdNumber(error) => format!("身份号码有误：{}", error.zh()),
            What::BirthDate { expected } => {
                format!("身份号码所示出生日期为 {expected}，与登记不符，请更正其一")
            }
            What::Sex => "身份号码所示性别与登记不符，请更正其一".to_owned(),
            What::Retirement => "原法定退休年龄与性别不符，请更正其一".to_owned(),
            What::EndsBeforeStart => "终止日期早于起始日期，请更正其一".to_owned(),
            What::BeforeBirth => "起始日期早于出生日期，请更正其一".to_owned(),
            What::NotOfAge { years, from } => {
                format!("该类别须年满 {years} 周岁，此人 {from} 方满，请另选类别或更正日期")
            }
            What::Month => "月份请写作 2026-10".to_owned(),
            What::VerifiedBeforeOpened => "核实日期早于建卡日期，请更正其一".to_owned(),
            What::UnknownCode { code } => format!("代码表中没有“{code}”，请从表中选择"),
            What::TwoOpen => "同类情况已有一条未终止，请先终止较早的一条".to_owned(),
            What::Overlap => "与同类的另一条情况时间重叠，请更正日期".to_owned(),
            What::TwoHeads => "有两名成员登记为户主，请更正其一".to_owned(),
            What::HeadNotMember => "户主不在家庭成员中，请增加成员或另选户主".to_owned(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = self.place.to_string();
        if place.is_empty() {
            write!(f, "{}: {}", self.field, self.what)
        } else {
            write!(f, "{place}, {}: {}", self.field, self.what)
        }
    }
}
