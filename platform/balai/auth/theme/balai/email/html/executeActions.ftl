<#-- The invitation: says which region invites, because a link out of nowhere looks like a fraud. -->
<#import "template.ftl" as layout>
<@layout.emailLayout>
<#assign pengundang=(user.attributes.pengundang)!"">
<#if pengundang?has_content>
${kcSanitize(msg("undanganBodyHtml", link, pengundang, linkExpirationFormatter(linkExpiration), user.firstName!""))?no_esc}
<#else>
${kcSanitize(msg("executeActionsBodyHtml", link, linkExpiration, realmName, "", linkExpirationFormatter(linkExpiration)))?no_esc}
</#if>
</@layout.emailLayout>
