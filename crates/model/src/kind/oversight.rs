//! What ancestors write about a unit: its dwelling register, findings, disproofs, determinations and
//! the residues of people whose documents were erased.

use linli_wire::Channel;

use super::FieldType::{Code, CodeBy, Date, Document, Flag, IdNumber, Text, Unit};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

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
    collections: &[ATTACHMENTS],
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
    collections: &[ATTACHMENTS],
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

/// What is left of a person whose document was erased, written by whoever erased it, from above: what the
/// unit itself could write there could be recorded back in time. See [`crate::residue`].
pub static RESIDUE: Kind = Kind {
    code: 11,
    name: "residue",
    zh: "删除留存",
    en: "residue",
    schema: 2,
    channels: &[Channel::Oversight],
    singleton: false,
    keyed_by: None,
    required: &[],
    fields: fields![
        "sex" "性别" "sex" Code(&codes::SEX);
        "birth_month" "出生年月" "month of birth" Text;
        "retirement" "原法定退休年龄" "original retirement age" Code(&codes::RETIREMENT);
        "verified" "核实日期" "verified on" Date;
        "recorded" "录入日期" "recorded on" Date;
    ],
    collections: &[
        Collection {
            name: "episodes",
            zh: "情况变动",
            en: "episodes",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "dimension" "类别" "dimension" Code(&codes::DIMENSION);
                "code" "代码" "code" CodeBy {
                    field: "dimension",
                    lists: &[
                        ("status", &codes::STATUS),
                        ("ability", &codes::ABILITY),
                        ("wish", &codes::WISH),
                        ("residence", &codes::RESIDENCE),
                    ],
                };
                "start" "起" "from" Date;
                "end" "止" "last day" Date;
                "reason" "原因" "reason" Code(&codes::REASON);
                "evidence" "有证明" "evidence was given" Flag;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
                "recorded" "录入日期" "recorded on" Date;
                "end_recorded" "止日录入日期" "last day recorded on" Date;
            ],
        },
        Collection {
            name: "placements",
            zh: "就业",
            en: "placements",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "start" "就业日期" "placed on" Date;
                "end" "终止日期" "last day" Date;
                "form" "就业形式" "employment form" Code(&codes::EMPLOYMENT_FORM);
                "evidence" "证明" "evidence" Code(&codes::EVIDENCE);
                "origin" "来源" "origin" Code(&codes::ORIGIN);
                "recorded" "录入日期" "recorded on" Date;
                "end_recorded" "止日录入日期" "last day recorded on" Date;
            ],
        },
        Collection {
            name: "certifications",
            zh: "就业困难认定",
            en: "hardship certifications",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "category" "困难类别" "hardship category" Code(&codes::HARDSHIP);
                "start" "认定日期" "certified on" Date;
                "end" "退出日期" "last day" Date;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
                "recorded" "录入日期" "recorded on" Date;
                "end_recorded" "止日录入日期" "last day recorded on" Date;
            ],
        },
        Collection {
            name: "registrations",
            zh: "失业登记",
            en: "registrations",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "start" "登记日期" "registered on" Date;
                "end" "注销日期" "last day" Date;
                "recorded" "录入日期" "recorded on" Date;
                "end_recorded" "止日录入日期" "last day recorded on" Date;
            ],
        },
        Collection {
            name: "plans",
            zh: "援助计划",
            en: "aid plans",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "day" "制定日期" "made on" Date;
                "worker" "有责任人" "a worker was named" Flag;
                "recorded" "录入日期" "recorded on" Date;
            ],
        },
        Collection {
            name: "services",
            zh: "就业服务",
            en: "guidance and offers",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "day" "服务日期" "given on" Date;
                "what" "服务项目" "what was given" Code(&codes::SERVICE);
                "recorded" "录入日期" "recorded on" Date;
            ],
        },
        Collection {
            name: "referrals",
            zh: "求职与推荐",
            en: "job-seeking and referrals",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "day" "推荐日期" "referred on" Date;
                "vacancy_unit" "岗位发布单位" "unit of the vacancy" Unit;
                "vacancy" "岗位" "vacancy" Document;
                "result" "推荐结果" "result" Code(&codes::REFERRAL_RESULT);
                "evidence" "有证明" "evidence was given" Flag;
                "recorded" "录入日期" "recorded on" Date;
            ],
        },
        Collection {
            name: "trainings",
            zh: "职业培训",
            en: "training",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "start" "培训起" "from" Date;
                "end" "培训止" "last day" Date;
                "passed" "合格" "passed" Flag;
                "recorded" "录入日期" "recorded on" Date;
                "end_recorded" "止日录入日期" "last day recorded on" Date;
            ],
        },
        Collection {
            name: "benefits",
            zh: "政策享受",
            en: "benefits",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "policy" "政策" "policy of the catalogue" Text;
                "state" "办理状态" "state" Code(&codes::BENEFIT_STATE);
                "day" "办理日期" "decided on" Date;
                "reason" "有理由" "a reason was given" Flag;
                "recorded" "录入日期" "recorded on" Date;
            ],
        },
    ],
};
