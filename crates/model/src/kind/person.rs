//! A person of a household: who they are, what happened to them day by day, and what was done for them.

use linli_wire::Channel;

use super::FieldType::{Code, CodeBy, Date, Document, Flag, IdNumber, Int, Text, Unit};
use super::{ATTACHMENTS, Collection, Key, Kind, fields};
use crate::codes;

/// A person of a household.
pub static PERSON: Kind = Kind {
    code: 2,
    name: "person",
    zh: "人员",
    en: "person",
    schema: 3,
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
        "previous_unit" "迁出社区" "community that the person moved from" Unit;
        "previous" "原人员文档" "the person's document there" Document;
        "counted_by" "计入社区" "community that counts the person instead" Unit;
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
                "work" "从事工作" "work done" Text;
                "place" "工作地点" "place of work" Text;
                "insured" "参加社会保险" "socially insured" Flag;
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
                "published_from" "公示起" "published from" Date;
                "published_until" "公示止" "published until" Date;
            ],
        },
        Collection {
            name: "registrations",
            zh: "失业登记与就业创业证",
            en: "registrations and certificates",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "certificate" "就业创业证号" "certificate number" Text;
                "issued" "发证日期" "issued on" Date;
                "start" "登记日期" "registered on" Date;
                "end" "注销日期" "last day" Date;
                "end_reason" "注销原因" "why cancelled" Text;
                "origin" "来源" "origin" Code(&codes::ORIGIN);
            ],
        },
        Collection {
            name: "aid_posts",
            zh: "公益性岗位",
            en: "public-welfare posts",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "post" "岗位名称" "post" Text;
                "employer" "用人单位" "employer" Text;
                "start" "协议起" "agreement from" Date;
                "end" "协议止" "agreement until" Date;
                "months" "补贴月数" "subsidised months" Int { min: 0, max: 600 };
                "end_reason" "终止原因" "why ended" Text;
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
                "worker" "援助责任人" "named worker" Text;
                "content" "援助措施" "measures agreed" Text;
                "end" "完成日期" "last day" Date;
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
                "result" "结果" "result" Text;
                "worker" "服务人员" "given by" Text;
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
                "wish" "求职意向" "work sought" Text;
                "vacancy_unit" "岗位发布单位" "unit of the vacancy" Unit;
                "vacancy" "岗位" "vacancy" Document;
                "employer" "用人单位" "employer" Text;
                "trade" "工种" "trade" Text;
                "result" "推荐结果" "result" Code(&codes::REFERRAL_RESULT);
                "result_day" "结果日期" "result known on" Date;
                "refusal" "拒绝原因" "why refused" Text;
                "evidence" "证明" "evidence" Text;
            ],
        },
        Collection {
            name: "trainings",
            zh: "职业培训",
            en: "training",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "course" "培训项目" "course" Text;
                "provider" "培训机构" "provider" Text;
                "start" "培训起" "from" Date;
                "end" "培训止" "last day" Date;
                "passed" "合格" "passed" Flag;
                "certificate" "证书编号" "certificate" Text;
            ],
        },
        Collection {
            name: "startups",
            zh: "创业与小额贷款",
            en: "start-ups and small loans",
            key: Key::Uuid,
            since: 2,
            fields: fields![
                "name" "名称" "name of the business" Text;
                "licence" "营业执照" "licence" Text;
                "start" "开业日期" "opened on" Date;
                "end" "歇业日期" "last day" Date;
                "loan" "贷款金额" "loan, yuan" Int { min: 0, max: 100_000_000 };
                "loan_day" "放贷日期" "loan paid on" Date;
                "jobs" "带动就业人数" "jobs created" Int { min: 0, max: 100_000 };
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
                "start" "享受起" "from" Date;
                "end" "享受止" "last day" Date;
                "months" "享受月数" "months" Int { min: 0, max: 600 };
                "amount" "金额" "amount, yuan" Int { min: 0, max: 100_000_000 };
                "reason" "理由" "reason of a refusal or waiver" Text;
            ],
        },
        Collection {
            name: "verifications",
            zh: "历次核实",
            en: "earlier verifications",
            key: Key::Name,
            since: 3,
            fields: fields![
                "day" "核实日期" "verified on" Date;
            ],
        },
        ATTACHMENTS,
    ],
};
