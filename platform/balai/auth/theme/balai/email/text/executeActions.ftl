<#ftl output_format="plainText">
<#assign pengundang=(user.attributes.pengundang)!"">
<#if pengundang?has_content>
${msg("undanganBody", link, pengundang, linkExpirationFormatter(linkExpiration), user.firstName!"")}
<#else>
${msg("executeActionsBody", link, linkExpiration, realmName, "", linkExpirationFormatter(linkExpiration))}
</#if>
