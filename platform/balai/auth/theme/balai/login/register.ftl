<#-- A citizen's account: a name and an address. The password follows once the address is proven, so nobody can take it first. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<#import "user-profile-commons.ftl" as userProfileCommons>
<@layout.registrationLayout displayMessage=messagesPerField.exists('global'); section>
<#if section = "header">${msg("registerTitle")}
<#elseif section = "form">
  <#if !(passwordRequired??)><p>${msg("daftarPengantar")}</p></#if>
  <form id="kc-register-form" class="${properties.kcFormClass}" action="${url.registrationAction}" method="post" novalidate>
    <@userProfileCommons.userProfileFormFields; callback, attribute>
      <#if callback = "afterField" && passwordRequired?? && attribute.name == 'email'>
        <@field.password name="password" required=true label=msg("password") autocomplete="new-password"/>
        <@field.password name="password-confirm" required=true label=msg("passwordConfirm") autocomplete="new-password"/>
      </#if>
    </@userProfileCommons.userProfileFormFields>
    <@buttons.actionGroup>
      <@buttons.button id="kc-register" label="doRegister"/>
      <@buttons.buttonLink href=url.loginUrl label="backToLogin"/>
    </@buttons.actionGroup>
  </form>
</#if>
</@layout.registrationLayout>
