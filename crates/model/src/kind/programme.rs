//! The programme as those who run it publish it: groups, papers, targets, campaigns.

use linli_wire::Channel;

use super::FieldType::{Code, Content, Date, Document, Int, Text, Unit};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A leading group and who is in it.
pub static GROUP: Kind = Kind {
    code: 27,
    name: "group",
    zh: "领导小组",
    en: "leading group",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["name", "start"],
    fields: fields![
        "name" "名称" "name" Text;
        "start" "成立日期" "from" Date;
        "end" "撤销日期" "last day" Date;
        "tasks" "职责" "tasks" Text;
    ],
    collections: &[Collection {
        name: "people",
        zh: "成员",
        en: "members",
        key: Key::Uuid,
        since: 1,
        fields: fields![
            "name" "姓名" "name" Text;
            "post" "职务" "post" Text;
            "role" "组内职务" "role in the group" Text;
            "start" "起" "from" Date;
            "end" "止" "last day" Date;
        ],
    }],
};

/// A plan, a notice or rules, with its version and what it replaces.
pub static PAPER: Kind = Kind {
    code: 28,
    name: "paper",
    zh: "文件",
    en: "paper",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["kind", "title", "day"],
    fields: fields![
        "kind" "文种" "kind" Code(&codes::PAPER_KIND);
        "title" "标题" "title" Text;
        "number" "文号" "number" Text;
        "version" "版本" "version" Text;
        "day" "发布日期" "issued on" Date;
        "end" "失效日期" "last day" Date;
        "replaces" "代替" "paper that it replaces" Document;
        "content" "内容" "content" Content;
    ],
    collections: &[ATTACHMENTS],
};

/// What a unit below is to reach in a year.
pub static TARGET: Kind = Kind {
    code: 29,
    name: "target",
    zh: "目标任务",
    en: "target",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["for_unit", "what", "year", "value"],
    fields: fields![
        "for_unit" "责任单位" "unit that is to reach it" Unit;
        "what" "指标" "what is counted" Code(&codes::TARGET);
        "year" "年度" "year" Int { min: 2000, max: 2200 };
        "value" "目标值" "value" Int { min: 0, max: 1_000_000_000 };
        "day" "下达日期" "set on" Date;
    ],
    collections: &[],
};

/// A mass registration of residents.
pub static CAMPAIGN: Kind = Kind {
    code: 30,
    name: "campaign",
    zh: "普查登记",
    en: "registration campaign",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["name", "start"],
    fields: fields![
        "name" "名称" "name" Text;
        "start" "起" "from" Date;
        "end" "止" "last day" Date;
        "content" "要求" "what is to be done" Text;
    ],
    collections: &[],
};
