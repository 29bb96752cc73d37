//! The road to recognition: what a unit declares and contests, what those above it decide, what is published.

use linli_wire::Channel;

use super::FieldType::{Code, Content, Date, Int, Text};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A unit's declaration that it meets the standard of a year, with its own provisional score.
pub static DECLARATION: Kind = Kind {
    code: 31,
    name: "declaration",
    zh: "创建申报",
    en: "declaration",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["year", "day"],
    fields: fields![
        "year" "年度" "year" Int { min: 2000, max: 2200 };
        "day" "申报日期" "declared on" Date;
        "scorecard" "评分卡摘要" "digest of the scorecard" Text;
        "standard_hash" "标准摘要" "hash of the standard" Text;
        "as_of" "截止日" "as of" Date;
        "total" "自评总分" "self-score" Text;
        "outcome" "自评结论" "outcome of the self-score" Text;
        "report" "自评报告" "report" Content;
        "withdrawn" "撤回日期" "withdrawn on" Date;
    ],
    collections: &[ATTACHMENTS],
};

/// One step of the road, written by a unit above the one it is about. A step is written once: what is to be
/// different is another step.
pub static STEP: Kind = Kind {
    code: 32,
    name: "step",
    zh: "创建程序",
    en: "step of the road to recognition",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["year", "step", "result", "day"],
    fields: fields![
        "year" "年度" "year" Int { min: 2000, max: 2200 };
        "step" "程序" "step" Code(&codes::ROAD_STEP);
        "result" "结果" "result" Code(&codes::ROAD_RESULT);
        "day" "日期" "day" Date;
        "until" "公示至" "published until" Date;
        "about" "针对" "declaration, objection, appeal or notice that it is about" Text;
        "scorecard" "评分卡摘要" "digest of the scorecard" Text;
        "standard_hash" "标准摘要" "hash of the standard" Text;
        "as_of" "截止日" "as of" Date;
        "total" "总分" "total" Text;
        "outcome" "结论" "outcome" Text;
        "number" "文号" "number of the paper" Text;
        "note" "意见" "opinion" Content;
    ],
    collections: &[ATTACHMENTS],
};

/// A list of units that meet the standard, as published. It names units and nobody.
pub static PUBLIC_NOTICE: Kind = Kind {
    code: 33,
    name: "public_notice",
    zh: "公示",
    en: "publication",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &["year", "start", "end"],
    fields: fields![
        "year" "年度" "year" Int { min: 2000, max: 2200 };
        "start" "公示起" "from" Date;
        "end" "公示止" "last day" Date;
        "newspaper" "刊登报纸" "newspaper" Text;
        "newspaper_day" "刊登日期" "printed on" Date;
        "title" "标题" "title" Text;
    ],
    collections: &[
        Collection {
            name: "units",
            zh: "公示单位",
            en: "units published",
            key: Key::Name,
            since: 1,
            fields: fields![
                "scorecard" "评分卡摘要" "digest of the scorecard" Text;
                "total" "总分" "total" Text;
            ],
        },
        ATTACHMENTS,
    ],
};

/// What a unit contests: one subject of one item, or, without an item, the decision.
pub static APPEAL: Kind = Kind {
    code: 34,
    name: "appeal",
    zh: "申诉",
    en: "appeal",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["year", "day", "reason"],
    fields: fields![
        "year" "年度" "year" Int { min: 2000, max: 2200 };
        "day" "申诉日期" "made on" Date;
        "item" "项目" "item of the standard" Text;
        "subject" "对象" "subject" Text;
        "reason" "理由" "reason" Content;
    ],
    collections: &[ATTACHMENTS],
};
