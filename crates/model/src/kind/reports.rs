//! What a unit reports, and how those above it check it: returns, nils, supervision, samples, surveys.

use linli_wire::Channel;

use super::FieldType::{Code, Date, Document, Flag, Int, Text};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A monthly return, or a street's register as submitted: numbers by cell, as known on the day.
pub static RETURN: Kind = Kind {
    code: 20,
    name: "return",
    zh: "报表",
    en: "return",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["form", "month", "day"],
    fields: fields![
        "form" "报表种类" "form" Code(&codes::RETURN_FORM);
        "month" "所属月份" "month" Text;
        "as_of" "截止日" "as of" Date;
        "day" "报送日期" "submitted on" Date;
        "filed_by" "填报人" "filed by" Text;
        "correction_of" "更正" "return that it corrects" Document;
    ],
    collections: &[Collection {
        name: "cells",
        zh: "数据项",
        en: "cells",
        key: Key::Name,
        since: 1,
        fields: fields![
            "value" "数值" "value" Int { min: 0, max: 1_000_000_000 };
        ],
    }],
};

/// A signed statement that a ledger had nothing to enter.
pub static NIL: Kind = Kind {
    code: 21,
    name: "nil",
    zh: "零报告",
    en: "signed nil",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &["ledger", "day", "signed_by"],
    fields: fields![
        "ledger" "台账" "ledger" Text;
        "start" "起" "from" Date;
        "end" "止" "last day" Date;
        "day" "签署日期" "signed on" Date;
        "signed_by" "签署人" "signed by" Text;
    ],
    collections: &[],
};

/// A visit by which a street looks after the work of a community.
pub static SUPERVISION: Kind = Kind {
    code: 22,
    name: "supervision",
    zh: "督导走访",
    en: "supervision visit",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["day"],
    fields: fields![
        "day" "督导日期" "made on" Date;
        "made_by" "督导人" "made by" Text;
        "content" "督导内容" "what was looked at" Text;
        "result" "督导意见" "result" Text;
        "evidence" "证明" "evidence" Text;
    ],
    collections: &[ATTACHMENTS],
};

/// A sample that an assessor drew from a frame by a seed, and what was found of each subject.
pub static SAMPLE: Kind = Kind {
    code: 23,
    name: "sample",
    zh: "抽样检查",
    en: "sample check",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["item", "seed", "day"],
    fields: fields![
        "item" "项目" "item of the standard" Text;
        "seed" "随机种子" "seed" Text;
        "frame" "抽样框人数" "subjects in the frame" Int { min: 0, max: 100_000_000 };
        "frame_digest" "抽样框摘要" "digest of the frame" Text;
        "size" "样本量" "size of the sample" Int { min: 0, max: 100_000 };
        "day" "抽取日期" "drawn on" Date;
        "drawn_by" "检查人" "drawn by" Text;
    ],
    collections: &[
        Collection {
            name: "subjects",
            zh: "样本",
            en: "subjects drawn",
            key: Key::Name,
            since: 1,
            fields: fields![
                "compared" "核对项数" "fields compared" Int { min: 0, max: 100 };
                "agreed" "相符项数" "fields that agreed" Int { min: 0, max: 100 };
                "day" "核对日期" "checked on" Date;
                "note" "说明" "note" Text;
            ],
        },
        ATTACHMENTS,
    ],
};

/// A residents' survey: answers under tokens that name nobody.
pub static SURVEY: Kind = Kind {
    code: 24,
    name: "survey",
    zh: "满意度调查",
    en: "survey",
    schema: 1,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &["seed", "day"],
    fields: fields![
        "seed" "随机种子" "seed" Text;
        "frame" "抽样框人数" "residents in the frame" Int { min: 0, max: 100_000_000 };
        "frame_digest" "抽样框摘要" "digest of the frame" Text;
        "day" "调查日期" "begun on" Date;
        "made_by" "调查人" "made by" Text;
    ],
    collections: &[
        Collection {
            name: "answers",
            zh: "答卷",
            en: "answers",
            key: Key::Name,
            since: 1,
            fields: fields![
                "score" "评分" "score, 1 to 5" Int { min: 1, max: 5 };
                "out_of_work" "失业人员" "drawn among those out of work" Flag;
                "day" "答卷日期" "answered on" Date;
            ],
        },
        ATTACHMENTS,
    ],
};
