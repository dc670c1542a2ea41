<#-- First of two pages: who are you? No password yet, so that each region may later send its staff to its own sign-in. -->
<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('username') displayInfo=(realm.resetPasswordAllowed || realm.registrationAllowed && !registrationDisabled??); section>
<#if section = "header">${msg("loginAccountTitle")}
<#elseif section = "form">
  <form id="kc-form-login" class="${properties.kcFormClass}" action="${url.loginAction}" method="post">
    <#if !usernameHidden??>
      <@field.input name="username" label=msg("email") value=login.username!'' autofocus=true autocomplete="username"/>
    </#if>
    <@buttons.actionGroup><@buttons.button id="kc-login" name="login" label="doContinue"/></@buttons.actionGroup>
  </form>
<#elseif section = "info">
  <#if realm.registrationAllowed && !registrationDisabled??><p id="kc-registration">${msg("noAccount")} <a href="${url.registrationUrl}">${msg("doRegister")}</a></p></#if>
  <#-- Whoever has no password yet never sees the second page, where the other link to this stands. -->
  <#if realm.resetPasswordAllowed><p>${msg("sandiBelum")} <a href="${url.loginResetCredentialsUrl}">${msg("sandiMinta")}</a></p></#if>
</#if>
</@layout.registrationLayout>
