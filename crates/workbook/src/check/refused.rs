//! What was refused, and why, in Chinese and English.

use std::fmt;

use linli_model::edit::Reason;
use linli_model::idnumber::Sex;
use linli_wire::UnitPath;
use thiserror::Error;

use crate::columns::Column;

/// One cell because of which its row did not go in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// As a spreadsheet counts: the headers are in row 1.
    pub row: usize,
    pub column: &'static Column,
    /// What the cell holds, shortened.
    pub value: String,
    pub why: Why,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, {}", self.row, self.column.en)?;
        if !self.value.is_empty() {
            write!(f, " `{}`", self.value)?;
        }
        write!(f, ": {}", self.why)
    }
}

impl Refused {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        let value = if self.value.is_empty() { String::new() } else { format!("“{}”", self.value) };
        format!("第 {} 行，{}{value}：{}", self.row, self.column.zh, self.why.zh())
    }
}

/// Why a cell was refused, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Why {
    #[error("{0}")]
    Value(Reason),
    #[error("{en}")]
    Other { en: String, zh: String },
    #[error("it is empty; every row needs it")]
    Missing,
    #[error("it is empty although {} is filled in; fill in both or neither", other.en)]
    MissingBeside { other: &'static Column },
    #[error("the formula in the cell ends in {error}; correct it, or type the value")]
    Unreadable { error: String },
    #[error(
        "the spreadsheet has made a number of it and lost its last digits; format the column as text and \
         type it again"
    )]
    DigitsLost,
    #[error("row {row} of the same card has this ID number already; delete one of the two rows")]
    IdNumberTwice { row: usize },
    #[error("row {row} has this ID number on card {card}; leave the person on one card")]
    IdNumberOnTwoCards { row: usize, card: String },
    #[error("row {row} of the same card says `{value}`; a card has one, make them equal")]
    CardDiffers { row: usize, value: String },
    #[error("row {row} is the head of this card already; a card has one head")]
    TwoHeads { row: usize },
    #[error("a card takes {people_max} people; check the card numbers")]
    TooManyPeople { people_max: usize },
    #[error("the ID number says {expected}; compare both with the identity card")]
    BirthDate { expected: String },
    #[error("the ID number is that of a {}; compare both with the identity card", sex_en(*expected))]
    Sex { expected: Sex },
    #[error("it lies in the future; correct the date")]
    Future,
    #[error("it lies before the birth date; correct the date")]
    BeforeBirth,
    #[error(
        "the hardship category begins at the age of {years}, which the person reaches on {from}; correct the category or the date"
    )]
    NotOfAge { years: i16, from: String },
    #[error("it lies before {}; correct one of the two dates", other.en)]
    Before { other: &'static Column },
    #[error("the number belongs to {unit}; import the row there, or correct the number")]
    CardOfOtherUnit { unit: UnitPath },
    #[error("this person is on card {card}; take them off it first, or correct the card number")]
    OnOtherCard { card: String },
    #[error("this file was imported before and the value corrected to `{now}` since; correct the file too")]
    CorrectedSince { now: String },
}

impl Why {
    /// The message in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Value(reason) => reason.zh(),
            Self::Other { zh, .. } => zh.clone(),
            Self::Missing => "为空，每行必填".to_owned(),
            Self::MissingBeside { other } => format!("为空，但“{}”已填，请同时填写或都不填", other.zh),
            Self::Unreadable { error } => format!("单元格公式结果为 {error}，请改正公式或直接填写"),
            Self::DigitsLost => "电子表格已把它变成数字并丢失末尾几位，请把该列设为文本后重新填写".to_owned(),
            Self::IdNumberTwice { row } => format!("与同户第 {row} 行身份号码重复，请删去一行"),
            Self::IdNumberOnTwoCards { row, card } => {
                format!("第 {row} 行在户卡 {card} 上有同一身份号码，一人只能在一张户卡上")
            }
            Self::CardDiffers { row, value } => {
                format!("同户第 {row} 行为“{value}”，一户只有一个值，请改成一致")
            }
            Self::TwoHeads { row } => format!("第 {row} 行已是本户户主，一户只有一个户主"),
            Self::TooManyPeople { people_max } => format!("一张户卡最多 {people_max} 人，请核对户卡编号"),
            Self::BirthDate { expected } => format!("身份号码中为 {expected}，请与身份证核对"),
            Self::Sex { expected } => {
                let sex = if *expected == Sex::Male { "男" } else { "女" };
                format!("身份号码中为{sex}，请与身份证核对")
            }
            Self::Future => "日期在今天之后，请改正".to_owned(),
            Self::BeforeBirth => "日期早于出生日期，请改正".to_owned(),
            Self::NotOfAge { years, from } => {
                format!("该困难类别须年满 {years} 周岁，此人 {from} 方满，请改正类别或日期")
            }
            Self::Before { other } => format!("日期早于“{}”，请改正", other.zh),
            Self::CardOfOtherUnit { unit } => format!("该编号属于 {unit}，请在该社区导入或改正编号"),
            Self::OnOtherCard { card } => {
                format!("此人在户卡 {card} 上，请先从该户卡移出，或改正户卡编号")
            }
            Self::CorrectedSince { now } => format!("此文件曾导入，该值后来已更正为“{now}”，请同时改正文件"),
        }
    }
}

fn sex_en(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "man",
        Sex::Female => "woman",
    }
}
