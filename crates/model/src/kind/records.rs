//! What a unit itself records: cards, people and its profile.

use linli_wire::Channel;

use super::FieldType::{Code, CodeBy, Date, Document, Flag, IdNumber, Int, Text};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A household card.
pub static HOUSEHOLD: Kind = Kind {
    code: 1,
    name: "household",
    zh: "家庭户卡",
    en: "household card",
    schema: 1,
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
        ATTACHMENTS,
    ],
};

/// A person of a household.
pub static PERSON: Kind = Kind {
    code: 2,
    name: "person",
    zh: "人员",
    en: "person",
    schema: 1,
    channels: &[Channel::Records],
    singleton: false,
    keyed_by: None,
    required: &[],
    fields: fields![
        "id_no" "公民身份号码" "citizen ID number" IdNumber, vital;
        "name" "姓名" "name" Text, vital;
        "sex" "性别" "sex" Code(&codes::SEX);
        "birth" "出生日期" "birth date" Date;
        "education" "文化程度" "education" Code(&codes::EDUCATION);
        "marriage" "婚姻状况" "marriage" Code(&codes::MARRIAGE);
        "registration_kind" "户籍性质" "registration kind" Code(&codes::REGISTRATION_KIND);
        "registration_division" "户籍地" "registration division" Text;
        "retirement" "原法定退休年龄" "original retirement age" Code(&codes::RETIREMENT);
        "skills" "技能" "skills" Text;
        "phone" "联系电话" "phone" Text;
        "verified" "核实日期" "verified on" Date;
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
                }, vital;
                "start" "起" "from" Date, vital;
                "end" "止" "last day" Date, vital;
                "reason" "原因" "reason" Code(&codes::REASON);
                "former_employer" "原单位" "former employer" Text;
                "certificate" "登记证号" "registration certificate" Text;
                "evidence" "证明" "evidence" Text;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
            ],
        },
        Collection {
            name: "placements",
            zh: "就业",
            en: "placements",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "start" "就业日期" "placed on" Date, vital;
                "end" "终止日期" "last day" Date, vital;
                "form" "就业形式" "employment form" Code(&codes::EMPLOYMENT_FORM);
                "employer" "单位" "employer" Text;
                "pay" "月收入" "monthly pay, yuan" Int { min: 0, max: 10_000_000 };
                "evidence" "证明" "evidence" Code(&codes::EVIDENCE);
                "evidence_ref" "证明编号" "evidence number" Text;
                "end_reason" "终止原因" "why ended" Text;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
            ],
        },
        Collection {
            name: "certifications",
            zh: "就业困难认定",
            en: "hardship certifications",
            key: Key::Uuid,
            since: 1,
            fields: fields![
                "category" "困难类别" "hardship category" Code(&codes::HARDSHIP), vital;
                "start" "认定日期" "certified on" Date, vital;
                "end" "退出日期" "last day" Date, vital;
                "worker" "援助责任人" "named worker" Text;
                "end_reason" "退出原因" "why left" Text;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
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
