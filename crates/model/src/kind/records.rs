//! What a unit itself records of households and of itself.

use linli_wire::Channel;

use super::FieldType::{Code, Date, Document, Flag, Int, Text, Unit};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A household card.
pub static HOUSEHOLD: Kind = Kind {
    code: 1,
    name: "household",
    zh: "家庭户卡",
    en: "household card",
    schema: 2,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &[],
    fields: fields![
        "card_no" "户卡编号" "card number" Text;
        "kind" "户别" "kind" Code(&codes::HOUSEHOLD_KIND);
        "state" "状态" "state" Code(&codes::HOUSEHOLD_STATE);
        "head" "户主" "head" Document;
        "dwelling" "住房编号" "dwelling" Text;
        "address" "居住地址" "residence address" Text;
        "registered_address" "户籍地址" "registered address" Text;
        "phone" "联系电话" "phone" Text;
        "low_income" "享受低保" "low-income allowance" Flag;
        "opened" "建卡日期" "opened on" Date;
        "verified" "核实日期" "verified on" Date;
        "verified_by" "核实人" "verified by" Text;
        "closed" "销卡日期" "closed on" Date;
        "closed_why" "销卡原因" "why closed" Text;
        "merged_into" "并入户卡" "card that it was merged into" Document;
        "split_from" "分自户卡" "card that it was split from" Document;
        "previous_unit" "迁出社区" "community that it moved from" Unit;
        "previous" "原户卡" "its document there" Document;
    ],
    collections: &[
        Collection {
            name: "members",
            zh: "家庭成员",
            en: "members",
            key: Key::Document,
            since: 1,
            fields: fields![
                "relation" "与户主关系" "relation to head" Code(&codes::RELATION);
            ],
        },
        Collection {
            name: "visits",
            zh: "跟踪走访",
            en: "visits",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "day" "走访日期" "made on" Date;
                "how" "方式" "how" Code(&codes::VISIT_HOW);
                "result" "结果" "result" Text;
                "visitor" "走访人" "by" Text;
            ],
        },
        Collection {
            name: "verifications",
            zh: "历次核实",
            en: "earlier verifications",
            key: Key::Name,
            since: 2,
            fields: fields![
                "day" "核实日期" "verified on" Date;
            ],
        },
        ATTACHMENTS,
    ],
};

/// A unit's own description.
pub static PROFILE: Kind = Kind {
    code: 3,
    name: "profile",
    zh: "单位基本情况",
    en: "unit profile",
    schema: 1,
    channels: &[Channel::Records],
    singleton: true,
    keyed_by: None,
    required: &[],
    fields: fields![
        "address" "办公地址" "office address" Text;
        "phone" "联系电话" "phone" Text;
        "manager" "负责人" "person in charge" Text;
        "households" "总户数" "households expected" Int { min: 0, max: 1_000_000 };
    ],
    collections: &[ATTACHMENTS],
};
