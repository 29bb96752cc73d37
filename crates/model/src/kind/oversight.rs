//! What ancestors write about a unit: its dwelling register, findings, disproofs and determinations.

use linli_wire::Channel;

use super::FieldType::{Date, Flag, IdNumber, Text, Unit};
use super::{Collection, Key, Kind, fields};

/// The register of a community's dwellings, which its street keeps. It stands in the community's
/// oversight, so that the community's records and oversight are all that its score follows from, and
/// the community, whose coverage is measured against it, cannot write it.
pub static DWELLINGS: Kind = Kind {
    code: 4,
    name: "dwellings",
    zh: "住房登记册",
    en: "dwelling register",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: true,
    keyed_by: None,
    required: &[],
    fields: &[],
    collections: &[Collection {
        name: "dwellings",
        zh: "住房",
        en: "dwellings",
        key: Key::Uuid,
        since: 1,
        fields: fields![
            "dwelling" "住房编号" "dwelling number" Text;
            "address" "地址" "address" Text;
            "start" "入住日期" "occupied from" Date;
            "end" "迁出日期" "occupied until" Date;
            "source" "来源" "source" Text;
        ],
    }],
};

/// The result of one check of one point of a standard.
pub static FINDING: Kind = Kind {
    code: 5,
    name: "finding",
    zh: "检查结果",
    en: "finding",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["item", "hit"],
    fields: fields![
        "item" "项目" "item of the standard" Text;
        "part" "分项" "part of the item" Text;
        "subject" "检查点" "subject" Text;
        "hit" "符合" "met" Flag;
        "day" "检查日期" "checked on" Date;
        "note" "说明" "note" Text;
        "evidence" "证据" "evidence" Text;
    ],
    collections: &[],
};

/// An inspector's record that turns a hit into a miss.
pub static DISPROOF: Kind = Kind {
    code: 6,
    name: "disproof",
    zh: "不实认定",
    en: "disproof",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["subject"],
    fields: fields![
        "subject" "对象" "subject" Text;
        "item" "项目" "item of the standard" Text;
        "reason" "理由" "reason" Text;
        "evidence" "证据" "evidence" Text;
        "day" "日期" "found on" Date;
    ],
    collections: &[],
};

/// A hub's word on which community counts a person.
pub static DETERMINATION: Kind = Kind {
    code: 7,
    name: "determination",
    zh: "归属认定",
    en: "determination",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["id_no", "counted_unit"],
    fields: fields![
        "id_no" "公民身份号码" "citizen ID number" IdNumber;
        "counted_unit" "统计社区" "community that counts the person" Unit;
        "reason" "理由" "reason" Text;
        "day" "日期" "determined on" Date;
    ],
    collections: &[],
};
