//! How a household or person moves from one community to another.

use linli_wire::Channel;

use super::FieldType::{Code, Content, Date, Document, IdNumber, Text, Unit};
use super::{Kind, fields};
use crate::codes;

/// An offer of a person to another community: in the sender's records as the sender wrote it, in the
/// receiver's oversight as the common hub copied it, with the card and the people.
pub static MOVE_OFFER: Kind = Kind {
    code: 12,
    name: "move_offer",
    zh: "迁移申请",
    en: "offer of a move",
    schema: 1,
    channels: &[Channel::Records, Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["from_unit", "to_unit", "person", "day"],
    fields: fields![
        "from_unit" "迁出社区" "community moved from" Unit;
        "to_unit" "迁入社区" "community moved to" Unit;
        "person" "人员文档" "person's document there" Document;
        "id_no" "公民身份号码" "citizen ID number" IdNumber;
        "day" "申请日期" "offered on" Date;
        "reason" "原因" "reason" Text;
        "digest" "历史摘要" "digest of the history" Text;
        "content" "户卡与人员" "card and people" Content;
    ],
    collections: &[],
};

/// The receiver's answer, under the offer's id.
pub static MOVE_ANSWER: Kind = Kind {
    code: 13,
    name: "move_answer",
    zh: "迁移答复",
    en: "answer to a move",
    schema: 1,
    channels: &[Channel::Records, Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["offer", "decision", "day"],
    fields: fields![
        "offer" "迁移申请" "offer" Document;
        "decision" "答复" "decision" Code(&codes::MOVE_DECISION);
        "person" "新人员文档" "person's document here" Document;
        "day" "答复日期" "decided on" Date;
        "reason" "理由" "reason" Text;
    ],
    collections: &[],
};
